/** Makes a photo of a phone small enough to send: upright, 1600 pixels and 600 KB at most, JPEG. */

const LONGEST = 1600;
const MOST = 600_000;
/** From the first on, until the file is small enough: few photos need more than the first. */
const QUALITIES = [0.8, 0.7, 0.6, 0.5, 0.4];
const THUMB = 144;

export class NotAPhoto extends Error {}

async function decoded(file) {
  // `from-image` turns the picture upright by its EXIF note; the JPEG made from it has no EXIF.
  if ("createImageBitmap" in globalThis) {
    return createImageBitmap(file, { imageOrientation: "from-image" });
  }
  const image = new Image();
  image.src = URL.createObjectURL(file);
  await image.decode();
  URL.revokeObjectURL(image.src);
  return image;
}

function drawn(picture, longest) {
  const width = picture.naturalWidth ?? picture.width;
  const height = picture.naturalHeight ?? picture.height;
  const scale = Math.min(1, longest / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff"; // Transparent pictures would turn black in a JPEG.
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

const asBlob = (canvas, quality) =>
  new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));

/** The best JPEG of at most `MOST` bytes, else the smallest one; null when there is none at all. */
async function small(canvas) {
  let blob = null;
  for (const quality of QUALITIES) {
    blob = (await asBlob(canvas, quality)) ?? blob;
    if (blob && blob.size <= MOST) break;
  }
  return blob;
}

/** A tiny picture as a data URL, of anything that can be drawn. */
export const thumbOf = (picture) => drawn(picture, THUMB).toDataURL("image/jpeg", 0.7);

/** Whether the file can be a picture at all, by its kind or its name. */
export const mayBePicture = (file) =>
  file.size > 0 && (file.type.startsWith("image/") || /\.(jpe?g|png|webp|hei[cf])$/i.test(file.name));

/**
 * What to send for `file`.
 *
 * A picture that this browser can not open (HEIC on most) goes as it is: the server opens it.
 * Returns `{ blob, name, thumb, seen }`; `thumb` is a tiny data URL or "", `seen` tells whether the
 * browser could open it.
 */
export async function prepared(file) {
  if (!mayBePicture(file)) throw new NotAPhoto(file.name);
  let picture;
  try {
    picture = await decoded(file);
  } catch {
    return { blob: file, name: file.name || "photo", thumb: "", seen: false };
  }
  const blob = await small(drawn(picture, LONGEST));
  const thumb = thumbOf(picture);
  picture.close?.();
  return blob
    ? { blob, name: "photo.jpg", thumb, seen: true }
    : { blob: file, name: file.name || "photo", thumb, seen: true };
}
