#!/usr/bin/env bash
# Makes build/dist/photofinder-VERSION-macos-ARCHITECTURE.dmg of build/frozen/PhotoFinder.app. Run on macOS after PyInstaller;
# once on an Apple silicon Mac and once on an Intel one: wheels come for one architecture each.
#
# APPLE_SIGNING_IDENTITY   "Developer ID Application: ..."; without it the app is signed ad hoc and Gatekeeper warns
# APPLE_NOTARY_PROFILE     a profile stored by `xcrun notarytool store-credentials`; without it nothing is sent to Apple
set -euo pipefail
cd "$(dirname "$0")/../.."
version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' photofinder/__init__.py)
app=build/frozen/PhotoFinder.app
image=build/dist/photofinder-$version-macos-$(uname -m).dmg
identity=${APPLE_SIGNING_IDENTITY:--}
if [ "$identity" = - ]; then stamp=(--timestamp=none); else stamp=(--timestamp); fi

[ -d "$app" ] || { echo "$app is missing: make frozen first" >&2; exit 1; }
# Inside out: each library, then the two programs with what they may do, then the whole.
find "$app" -type f \( -name '*.dylib' -o -name '*.so' \) -print0 |
    xargs -0 codesign --force "${stamp[@]}" --options runtime --sign "$identity"
for program in photofinder photofinder-gui; do
    codesign --force "${stamp[@]}" --options runtime --entitlements packaging/macos/entitlements.plist \
        --sign "$identity" "$app/Contents/MacOS/$program"
done
codesign --force "${stamp[@]}" --options runtime --entitlements packaging/macos/entitlements.plist --sign "$identity" "$app"
codesign --verify --deep --strict --verbose=2 "$app"

staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
ditto "$app" "$staging/PhotoFinder.app"
ln -s /Applications "$staging/Applications"
mkdir -p build/dist
hdiutil create -volname PhotoFinder -srcfolder "$staging" -fs HFS+ -format ULFO -ov "$image"
[ "$identity" = - ] || codesign --sign "$identity" --timestamp "$image"
if [ -n "${APPLE_NOTARY_PROFILE:-}" ]; then
    xcrun notarytool submit "$image" --keychain-profile "$APPLE_NOTARY_PROFILE" --wait
    xcrun stapler staple "$image"
    spctl --assess --type open --context context:primary-signature --verbose "$image"
else
    echo "Not notarised: APPLE_NOTARY_PROFILE is not set. Gatekeeper will ask people to allow it in the settings."
fi
echo "$image"
