#!/usr/bin/env bash
# Makes build/dist/PhotoFinder-VERSION-ARCHITECTURE.AppImage of the frozen program. Run after `make frozen`, on the oldest
# distribution that is to be served. Needs appimagetool (https://github.com/AppImage/appimagetool), named by APPIMAGETOOL.
# With `--folder-only` it stops at build/PhotoFinder.AppDir, which starts by its AppRun.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' photofinder/__init__.py)
folder=build/PhotoFinder.AppDir
rm -rf "$folder"
mkdir -p "$folder/usr/lib" "$folder/usr/share/metainfo" "$folder/usr/share/applications"
cp -a build/frozen/photofinder "$folder/usr/lib/photofinder"
mkdir "$folder/usr/share/icons"
cp -a build/icons/hicolor "$folder/usr/share/icons/"
install -m 644 packaging/linux/org.photofinder.PhotoFinder.metainfo.xml "$folder/usr/share/metainfo/photofinder.appdata.xml"
install -m 644 packaging/linux/photofinder.desktop "$folder/usr/share/applications/photofinder.desktop"
ln -s usr/share/applications/photofinder.desktop "$folder/photofinder.desktop"
install -m 644 build/icons/hicolor/256x256/apps/photofinder.png "$folder/photofinder.png"
ln -s photofinder.png "$folder/.DirIcon"
cat > "$folder/AppRun" <<'RUN'
#!/bin/sh
# With a command it is the command line, without one the window.
here=$(dirname "$(readlink -f "$0")")
case "${1:-}" in
    "" | --library | /*) exec "$here/usr/lib/photofinder/photofinder-gui" "$@" ;;
    *) exec "$here/usr/lib/photofinder/photofinder" "$@" ;;
esac
RUN
chmod 755 "$folder/AppRun"
if [ "${1:-}" = --folder-only ]; then exit 0; fi
mkdir -p build/dist
ARCH=$(uname -m) VERSION=$version "${APPIMAGETOOL:?names the appimagetool to use}" --no-appstream "$folder" \
    "build/dist/PhotoFinder-$version-$(uname -m).AppImage"
