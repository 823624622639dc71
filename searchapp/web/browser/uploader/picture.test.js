import { expect, test } from "bun:test";
import { isPicture, scaleOf, webpExif } from "./picture";

const file = (bytes) => new File([new Uint8Array(bytes)], "1000012345", { type: "text/plain" });
const ascii = (text) => [...text].map((letter) => letter.charCodeAt(0));

test.each([
  ["JPEG", [0xff, 0xd8, 0xff, 0xe0], true],
  ["PNG", [0x89, ...ascii("PNG\r\n")], true],
  ["GIF", ascii("GIF89a"), true],
  ["WEBP", [...ascii("RIFF"), 1, 2, 10, 4, ...ascii("WEBP")], true],
  ["HEIC", [0, 0, 0, 24, ...ascii("ftypheic")], true],
  ["AVIF", [0, 0, 0, 24, ...ascii("ftypavif")], true],
  ["a film", [0, 0, 0, 24, ...ascii("ftypmp42")], false],
  ["text", ascii("no photo"), false],
  ["nothing", [], false],
])("isPicture: %s by its bytes", async (_name, bytes, expected) => {
  expect(await isPicture(file(bytes))).toBe(expected);
});

test.each([
  [4000, 3000, 0.4],
  [800, 600, 1],
  [1080, 9600, 720 / 1080],
  [500, 9600, 1],
])("scaleOf: %d x %d", (width, height, expected) => {
  expect(scaleOf(width, height)).toBeCloseTo(expected);
});

const chunk = (name, bytes) => [
  ...ascii(name),
  bytes.length,
  0,
  0,
  0,
  ...bytes,
  ...(bytes.length % 2 ? [0] : []),
];
const webp = (...chunks) =>
  file([...ascii("RIFF"), 0, 0, 0, 0, ...ascii("WEBP"), ...chunks.flat()]);

test.each([
  ["plain", ascii("MM\0*"), [0xff, 0xe1, 0, 12, ...ascii("Exif\0\0MM\0*")]],
  ["named already", ascii("Exif\0\0II*\0"), [0xff, 0xe1, 0, 12, ...ascii("Exif\0\0II*\0")]],
])("webpExif: %s", async (_name, exif, expected) => {
  const found = await webpExif(
    webp(chunk("VP8X", [8]), chunk("VP8 ", [1, 2, 3]), chunk("EXIF", exif)),
  );
  expect([...new Uint8Array(await found.arrayBuffer())]).toEqual(expected);
});

test.each([
  ["another kind", file([0xff, 0xd8, 0xff])],
  ["no EXIF", webp(chunk("VP8X", [0]), chunk("VP8 ", [1, ...ascii("EXIF")]))],
  ["cut", file([...ascii("RIFF"), 0, 0, 0, 0, ...ascii("WEBPVP8X"), 255])],
])("webpExif: none of %s", async (_name, without) => {
  expect(await webpExif(without)).toBeUndefined();
});
