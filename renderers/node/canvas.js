// The interface of the package "canvas" over @napi-rs/canvas.
"use strict";
const skia = require("@napi-rs/canvas");
const { PassThrough } = require("stream");

const MIME = { png: "image/png", jpeg: "image/jpeg", "image/png": "image/png", "image/jpeg": "image/jpeg", undefined: "image/png" };

function stream(canvas, mime) {
  const out = new PassThrough();
  out.end(canvas.toBuffer(mime));
  return out;
}

// withMethods adds what node-canvas has and skia's canvas lacks.
function withMethods(canvas) {
  if (canvas.createPNGStream) return canvas;
  const plain = canvas.toBuffer.bind(canvas);
  const toBuffer = (...args) => {
    if (typeof args[0] === "function") { const done = args[0]; try { done(null, plain("image/png")); } catch (e) { done(e); } return undefined; }
    return plain(MIME[args[0]] || args[0], args[1] && args[1].quality);
  };
  Object.defineProperties(canvas, {
    toBuffer: { value: toBuffer },
    createPNGStream: { value: () => stream(canvas, "image/png") },
    createJPEGStream: { value: () => stream(canvas, "image/jpeg") },
    pngStream: { value: () => stream(canvas, "image/png") },
  });
  return canvas;
}

function createCanvas(width, height, type) {
  if (type === "svg" || type === "pdf") throw new Error(`canvas type ${JSON.stringify(type)} is not available; draw pixels, or write SVG text yourself`);
  return withMethods(skia.createCanvas(width, height));
}

function registerFont(path, style) { skia.GlobalFonts.registerFromPath(path, style && style.family); }

exports.createCanvas = createCanvas;
exports.registerFont = registerFont;
exports.loadImage = skia.loadImage;
exports.Image = skia.Image;
exports.ImageData = skia.ImageData;
exports.Canvas = function Canvas(width, height) { return createCanvas(width, height); };
exports.createImageData = (data, width, height) => new skia.ImageData(data, width, height);
exports.Path2D = skia.Path2D;
exports.DOMMatrix = skia.DOMMatrix;
