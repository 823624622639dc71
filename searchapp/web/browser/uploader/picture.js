// @ts-check
/** What to send for a file: a small upright JPEG where the browser can open it, else the file. */
const LONGEST = 1600;
/** A long screenshot keeps its short side readable. */
const SHORTEST = 720;
const MOST = 600_000;
const QUALITIES = [0.8, 0.7, 0.6, 0.5, 0.4];
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
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext("2d");
  const { width, height } = canvas;
  Object.assign(context, { fillStyle: "#fff", imageSmoothingQuality: "high" });
  context.fillRect(0, 0, width, height); // Transparent pictures would turn black in a JPEG.
  context.drawImage(picture, 0, 0, width, height);
  return canvas;
}

/** The best JPEG that is small enough, else the smallest one. */
async function small(canvas) {
  let blob = null;
  for (const quality of QUALITIES) {
    blob = (await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality))) ?? blob;
    if (blob?.size <= MOST) break;
  }
  return blob;
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
  const blob = await small(drawn(picture, scaleOf(picture.width, picture.height)));
  const tiny = drawn(picture, THUMB / Math.max(picture.width, picture.height));
  const thumb = tiny.toDataURL("image/jpeg", 0.7);
  picture.close();
  return blob ? { blob, name: "photo.jpg", thumb } : { ...whole, thumb };
}
