import { createCanvas } from "canvas";
import fs from "fs";

type Car = { weight: number; use: number; kind: "small" | "van" };
let seed = 42;
const random = (): number => ((seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648);
const cars: Car[] = Array.from({ length: 80 }, (_, i) => {
  const kind = i % 2 ? "small" : "van";
  const weight = (kind === "small" ? 0.9 : 1.6) + random() * 0.7;
  return { kind, weight, use: 1.5 + 3.1 * weight + random() * 1.4 };
});
const colours: Record<Car["kind"], string> = { small: "#4c78a8", van: "#e45756" };
const W = 800, H = 520, left = 80, top = 60, right = 30, bottom = 70;
const canvas = createCanvas(W, H);
const g = canvas.getContext("2d");
const x = (w: number): number => left + ((w - 0.8) / 1.7) * (W - left - right);
const y = (u: number): number => H - bottom - ((u - 3) / 8) * (H - top - bottom);
g.fillStyle = "white";
g.fillRect(0, 0, W, H);
g.strokeStyle = "#222";
g.strokeRect(left, top, W - left - right, H - top - bottom);
g.fillStyle = "#222";
g.textAlign = "center";
g.font = "bold 21px 'DejaVu Sans'";
g.fillText("Heavier cars need more fuel", W / 2, 36);
g.font = "15px 'DejaVu Sans'";
for (let w = 1; w <= 2.4; w += 0.5) g.fillText(w.toFixed(1), x(w), H - bottom + 24);
g.fillText("Weight (t)", (left + W - right) / 2, H - 16);
g.textAlign = "right";
for (let u = 4; u <= 10; u += 2) g.fillText(String(u), left - 10, y(u) + 5);
g.save();
g.translate(28, (top + H - bottom) / 2);
g.rotate(-Math.PI / 2);
g.textAlign = "center";
g.fillText("Fuel (l per 100 km)", 0, 0);
g.restore();
for (const c of cars) {
  g.beginPath();
  g.arc(x(c.weight), y(c.use), 6, 0, 2 * Math.PI);
  g.fillStyle = colours[c.kind] + "b0";
  g.fill();
}
g.textAlign = "left";
(Object.keys(colours) as Car["kind"][]).forEach((kind, i) => {
  g.fillStyle = colours[kind];
  g.fillRect(left + 20, top + 18 + 26 * i, 16, 16);
  g.fillStyle = "#222";
  g.fillText(kind, left + 44, top + 31 + 26 * i);
});
fs.writeFileSync("cars.png", canvas.toBuffer("image/png"));
