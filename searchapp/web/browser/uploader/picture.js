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

/** `thumb` is a tiny data URL, or empty; null when it is no picture at all. */
export async function prepared(file) {
  const whole = { blob: file, name: file.name || "photo", thumb: "" };
  let picture;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return (await isPicture(file)) ? whole : null; // HEIC on most browsers: the server opens it.
  }
  const blob = await encoded(drawn(picture, scaleOf(picture.width, picture.height)));
  const tiny = drawn(picture, THUMB / Math.max(picture.width, picture.height));
  picture.close();
  const thumb = tiny.toDataURL("image/jpeg", 0.7);
  return blob ? { blob, name: "photo.jpg", thumb } : { ...whole, thumb };
}
