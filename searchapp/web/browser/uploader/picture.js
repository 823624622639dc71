// @ts-check
/** What to send for a file: a small upright JPEG where the browser can open it, else the file. */

const LONGEST = 1600;
/** A long screenshot keeps its short side readable. */
const SHORTEST = 720;
const MOST = 600_000;
const QUALITIES = [0.8, 0.7, 0.6, 0.5, 0.4];
const THUMB = 144;
/** Of the kinds that the server takes: bytes decide, never a name or a declared type. */
const BEGINS = [/^\xff\xd8\xff/, /^\x89PNG/, /^GIF8/, /^RIFF....WEBP/s, /^....ftyp(hei|hev|mif1|msf1|avi)/s];

/** Whether the file begins as a picture that we take. @param {Blob} file */
export async function isPicture(file) {
  const head = new Uint8Array(await file.slice(0, 16).arrayBuffer());
  const text = String.fromCharCode(...head);
  return BEGINS.some((begin) => begin.test(text));
}

/** By how much a picture is made smaller. @param {number} width @param {number} height */
export function scaleOf(width, height) {
  const fits = LONGEST / Math.max(width, height);
  return Math.min(1, Math.max(fits, SHORTEST / Math.min(width, height)));
}

/** @param {ImageBitmap} picture @param {number} scale */
function drawn(picture, scale) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = "#fff"; // Transparent pictures would turn black in a JPEG.
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** The best JPEG that is small enough, else the smallest one. @param {HTMLCanvasElement} canvas */
async function small(canvas) {
  let blob = null;
  for (const quality of QUALITIES) {
    /** @type {Blob | null} */
    const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
    blob = made ?? blob;
    if (blob && blob.size <= MOST) break;
  }
  return blob;
}

/** `thumb` is a tiny data URL, or empty; null when it is no picture at all. @param {File} file */
export async function prepared(file) {
  const whole = { blob: /** @type {Blob} */ (file), name: file.name || "photo", thumb: "" };
  let picture;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return (await isPicture(file)) ? whole : null; // HEIC on most browsers: the server opens it.
  }
  const { width, height } = picture;
  const blob = await small(drawn(picture, scaleOf(width, height)));
  const thumb = drawn(picture, THUMB / Math.max(width, height)).toDataURL("image/jpeg", 0.7);
  picture.close();
  return blob ? { blob, name: "photo.jpg", thumb } : { ...whole, thumb };
}
