import { crc32, deflateSync, inflateSync } from 'node:zlib';

/**
 * Makes a PNG smaller, for screenshots: reduces it to the 256 most frequent colours, without filters, which do not help
 * in flat areas. Accepts Chromium's format: 8 bits per channel, RGB or RGBA, not interlaced.
 */
export function smallerPng(png) {
  const { width, height, channels, data } = decode(png);
  const pixels = unfilter(data, width * channels, height, channels);
  const { palette, indexes } = reduce(pixels, channels);
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) rows.set(indexes.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const parts = [
    ['IHDR', head],
    ['PLTE', Buffer.from(palette.flat())],
    ['IDAT', deflateSync(rows, { level: 9, memLevel: 9 })],
    ['IEND', Buffer.alloc(0)],
  ];
  return Buffer.concat([png.subarray(0, 8), ...parts.map(([type, body]) => chunk(type, body))]);
}

function decode(png) {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const channels = { 2: 3, 6: 4 }[png[25]];
  if (png[24] !== 8 || channels === undefined || png[28] !== 0) throw new Error('not a PNG as Chromium makes them');
  const data = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      data.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  return { width, height, channels, data: inflateSync(Buffer.concat(data)) };
}

function unfilter(data, stride, height, channels) {
  const out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = data[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x >= channels ? out[at - channels] : 0;
      const up = y > 0 ? out[at - stride] : 0;
      const corner = x >= channels && y > 0 ? out[at - stride - channels] : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      out[at] = data[y * (stride + 1) + 1 + x] + guess;
    }
  }
  return out;
}

function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

/**
 * Replaces colours that are not in the palette by the nearest one in it, which is invisible for text on a flat
 * background.
 */
function reduce(pixels, channels) {
  const counted = new Map();
  const colours = new Uint32Array(pixels.length / channels);
  for (let nth = 0; nth < colours.length; nth++) {
    const at = nth * channels;
    colours[nth] = (pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2];
    counted.set(colours[nth], (counted.get(colours[nth]) ?? 0) + 1);
  }
  const most = [...counted].toSorted(([, a], [, b]) => b - a).slice(0, 256);
  const palette = most.map(([colour]) => [colour >> 16, (colour >> 8) & 255, colour & 255]);
  const places = new Map(most.map(([colour], index) => [colour, index]));
  for (const colour of counted.keys()) if (!places.has(colour)) places.set(colour, nearest(palette, colour));
  return { palette, indexes: Uint8Array.from(colours, (colour) => places.get(colour)) };
}

function nearest(palette, colour) {
  const wanted = [colour >> 16, (colour >> 8) & 255, colour & 255];
  const far = palette.map((known) => known.reduce((sum, value, nth) => sum + (value - wanted[nth]) ** 2, 0));
  return far.indexOf(Math.min(...far));
}

function chunk(type, body) {
  const whole = Buffer.alloc(body.length + 12);
  whole.writeUInt32BE(body.length, 0);
  whole.write(type, 4, 'latin1');
  whole.set(body, 8);
  whole.writeUInt32BE(crc32(whole.subarray(4, body.length + 8)), body.length + 8);
  return whole;
}
