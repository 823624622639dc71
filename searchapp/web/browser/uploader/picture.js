/** What to send for a file: a small upright JPEG where the browser can open it, else the file. */

/** Pixels; a long screenshot keeps its short side readable. */
const [LONGEST, SHORTEST, THUMB] = [1600, 720, 144];
const MOST_BYTES = 600_000;
/** The beginnings of what the server takes: bytes decide, never a name or a declared type. */
const PICTURE = /^(\xff\xd8\xff|.PNG|GIF8|RIFF....WEBP|....ftyp(hei|hev|mif1|msf1|avi))/s;
/** A WEBP up to its EXIF (RFC 9649, 2.7.1.5), which some begin as a JPEG does. */
const UP_TO_EXIF = /^RIFF....WEBPVP8X.*EXIF....(Exif\0\0)?(?=II\*\0|MM\0\*)/s;

/** One character for each byte. */
const letters = async (blob) => new TextDecoder("latin1").decode(await blob.arrayBuffer());
export const isPicture = async (file) => PICTURE.test(await letters(file.slice(0, 16)));

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

const jpegOf = (canvas, quality) =>
  new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));

/** The EXIF of a WEBP as a JPEG's segment; undefined without one. */
export async function webpExif(file) {
  if (!/^RIFF....WEBPVP8X/s.test(await letters(file.slice(0, 16)))) return undefined;
  const [before] = UP_TO_EXIF.exec(await letters(file)) ?? [];
  const exif = before && file.slice(before.length, before.length + 65_000);
  const length = exif?.size + 8;
  return exif && new Blob([Uint8Array.of(255, 0xe1, length >> 8, length), "Exif\0\0", exif]);
}

/** Rejected where a browser cannot do it, too: a missing function throws at once. */
const opened = async (file) => createImageBitmap(file, { imageOrientation: "from-image" });

/**
 * A WEBP with EXIF as a JPEG with the same EXIF: browsers turn a JPEG upright by it, never a WEBP.
 * Any other file as it is.
 */
export async function turnable(file) {
  const exif = await webpExif(file);
  if (!exif) return file;
  const jpeg = await jpegOf(drawn(await createImageBitmap(file), 1), 0.95);
  return new File([jpeg.slice(0, 2), exif, jpeg.slice(2)], "photo.jpg", { type: "image/jpeg" });
}

/** `thumb` is a tiny data URL, or empty; null when it is no picture at all. */
export async function prepared(file) {
  const whole = { blob: file, name: file.name || "photo", thumb: "" };
  const picture = await opened(file).catch(() => {});
  if (!picture) return (await isPicture(file)) ? whole : null; // HEIC: the server opens it.
  const canvas = drawn(picture, scaleOf(picture.width, picture.height));
  const good = await jpegOf(canvas, 0.8);
  const blob = good?.size > MOST_BYTES ? await jpegOf(canvas, 0.5) : good;
  const tiny = drawn(picture, THUMB / Math.max(picture.width, picture.height));
  picture.close();
  const thumb = tiny.toDataURL("image/jpeg", 0.7);
  return blob ? { blob, name: "photo.jpg", thumb } : { ...whole, thumb };
}
