// @ts-check
/** What to send for a file: a small upright JPEG where the browser can open it, else the file. */
const LONGEST = 1600;
/** A long screenshot keeps its short side readable. */
const SHORTEST = 720;
const MOST = 600_000;
const THUMB = 144;
/** The beginnings of what the server takes: bytes decide, never a name or a declared type. */
const PICTURE = /^(\xff\xd8\xff|\x89PNG|GIF8|RIFF....WEBP|....ftyp(hei|hev|mif1|msf1|avi))/s;

export async function isPicture(file) {
  const head = new Uint8Array(await file.slice(0, 16).arrayBuffer());
  return PICTURE.test(String.fromCharCode(...head));
}

/** By how much a picture is made smaller. */
export const scaleOf = (width, height) =>
  Math.min(1, Math.max(LONGEST / Math.max(width, height), SHORTEST / Math.min(width, height)));

function drawn(picture, scale) {
  const [width, height] = [picture.width, picture.height].map((side) => Math.ceil(side * scale));
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  Object.assign(context, { fillStyle: "#fff", imageSmoothingQuality: "high" });
  context.fillRect(0, 0, width, height); // Transparent pictures would turn black in a JPEG.
  context.drawImage(picture, 0, 0, width, height);
  return canvas;
}

/** A good JPEG, or a smaller one where that is large. */
async function encoded(canvas) {
  const by = (quality) => new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
  const blob = await by(0.8);
  return blob?.size > MOST ? by(0.5) : blob;
}

/**
 * A WEBP with EXIF as a JPEG with the same EXIF: browsers turn a JPEG upright by it, never a WEBP.
 * Any other file as it is.
 */
export async function turnable(file) {
  const exif = await webpExif(file);
  if (!exif) return file;
  try {
    const picture = await createImageBitmap(file);
    const jpeg = await new Promise((done) => drawn(picture, 1).toBlob(done, "image/jpeg", 0.95));
    picture.close();
    return new File([jpeg.slice(0, 2), exif, jpeg.slice(2)], "photo.jpg", { type: "image/jpeg" });
  } catch {
    return file; // It is broken, or too large for a canvas: the server turns it.
  }
}

/** The EXIF of a WEBP (RFC 9649, 2.7.1.5) as a JPEG's segment; undefined without one. */
export async function webpExif(file) {
  const head = new Uint8Array(await file.slice(0, 16).arrayBuffer());
  if (!/^RIFF....WEBPVP8X/s.test(String.fromCharCode(...head))) return undefined;
  const bytes = await file.arrayBuffer();
  const view = new DataView(bytes);
  for (let at = 12; at + 8 < bytes.byteLength;) {
    const size = view.getUint32(at + 4, true);
    if (view.getUint32(at) === 0x45584946 && size < 65_000) {
      const data = new Uint8Array(bytes, at + 8, Math.min(size, bytes.byteLength - at - 8));
      const named = data[0] === 0x45 ? [] : [0x45, 0x78, 0x69, 0x66, 0, 0]; // "Exif\0\0"
      const length = data.length + named.length + 2;
      return new Blob([new Uint8Array([0xff, 0xe1, length >> 8, length & 255, ...named]), data]);
    }
    at += 8 + size + (size % 2);
  }
  return undefined;
}

const opened = async (file) => createImageBitmap(file, { imageOrientation: "from-image" });

/** `thumb` is a tiny data URL, or empty; null when it is no picture at all. */
export async function prepared(file) {
  const whole = { blob: file, name: file.name || "photo", thumb: "" };
  const picture = await opened(file).catch(() => null);
  if (!picture) return (await isPicture(file)) ? whole : null; // HEIC: the server opens it.
  const blob = await encoded(drawn(picture, scaleOf(picture.width, picture.height)));
  const tiny = drawn(picture, THUMB / Math.max(picture.width, picture.height));
  picture.close();
  const thumb = tiny.toDataURL("image/jpeg", 0.7);
  return blob ? { blob, name: "photo.jpg", thumb } : { ...whole, thumb };
}
