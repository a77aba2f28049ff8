#!/bin/sh
# Image files of other programs, for test/data, made once:   images.sh > images.json      (ImageMagick 6.9.11)
# One picture, 8 x 6: blue, in its upper left quarter red.
set -e
cd "$(mktemp -d)"
picture() { convert -size 8x6 xc:blue -fill red -draw 'rectangle 0,0 3,2' -depth 8 "$@"; }
picture -strip -quality 95 -sampling-factor 1x1 color.jpg
picture -strip -quality 95 -sampling-factor 1x1 -interlace JPEG progressive.jpg
picture -strip -quality 95 -colorspace Gray grey.jpg
picture -strip -quality 95 -colorspace CMYK cmyk.jpg
picture -strip -define webp:lossless=true lossless.webp
picture -strip PNG8:palette.png
picture -strip -transparent blue PNG8:transparent.png
picture -strip -colorspace Gray -threshold 20% -interlace PNG interlaced.png
picture -strip small.gif
picture -strip small.bmp
comma=
echo {
for file in *; do printf '%s"%s": "%s"\n' "$comma" "$file" "$(base64 -w0 "$file")"; comma=,; done
echo }
