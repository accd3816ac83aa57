const fs = require("fs");
const { createCanvas } = require("canvas");

const hours = Array.from({ length: 24 }, (_, h) => h);
const load = hours.map((h) => 38 + 14 * Math.exp(-((h - 8) ** 2) / 8) + 22 * Math.exp(-((h - 19) ** 2) / 6));
const W = 900, H = 520, left = 80, right = 30, top = 60, bottom = 70;
const canvas = createCanvas(W, H), g = canvas.getContext("2d");
const x = (h) => left + (h / 23) * (W - left - right);
const y = (v) => H - bottom - (v / 70) * (H - top - bottom);

g.fillStyle = "white";
g.fillRect(0, 0, W, H);
g.font = "bold 22px 'DejaVu Sans'";
g.fillStyle = "#222";
g.textAlign = "center";
g.fillText("Power taken from the grid in a day", W / 2, 34);
g.font = "15px 'DejaVu Sans'";
for (let v = 0; v <= 70; v += 10) {
  g.strokeStyle = v ? "#dddddd" : "#222";
  g.beginPath(); g.moveTo(left, y(v)); g.lineTo(W - right, y(v)); g.stroke();
  g.textAlign = "right";
  g.fillText(String(v), left - 10, y(v) + 5);
}
g.textAlign = "center";
for (const h of hours.filter((h) => h % 3 === 0)) g.fillText(h + ":00", x(h), H - bottom + 24);
g.fillText("Time of day", (left + W - right) / 2, H - 14);
g.save(); g.translate(24, (top + H - bottom) / 2); g.rotate(-Math.PI / 2); g.fillText("Power (GW)", 0, 0); g.restore();
g.beginPath();
hours.forEach((h, i) => (i ? g.lineTo(x(h), y(load[i])) : g.moveTo(x(h), y(load[i]))));
g.strokeStyle = "#4c78a8"; g.lineWidth = 3; g.stroke();
g.lineTo(x(23), y(0)); g.lineTo(x(0), y(0)); g.closePath();
g.fillStyle = "rgba(76, 120, 168, 0.2)"; g.fill();
fs.writeFileSync("power.png", canvas.toBuffer("image/png"));
