import { createCanvas } from "canvas";
import * as fs from "fs";

interface Bar { label: string; sales: number; colour: string }

const bars: Bar[] = [
  { label: "Jan", sales: 3, colour: "steelblue" },
  { label: "Feb", sales: 5, colour: "tomato" },
  { label: "Mar", sales: 4, colour: "seagreen" },
];
const canvas = createCanvas(480, 320);
const g = canvas.getContext("2d");
g.fillStyle = "white";
g.fillRect(0, 0, 480, 320);
bars.forEach((b: Bar, i: number): void => {
  g.fillStyle = b.colour;
  g.fillRect(80 + i * 120, 270 - b.sales * 40, 80, b.sales * 40);
  g.fillStyle = "black";
  g.font = "16px sans-serif";
  g.fillText(b.label, 105 + i * 120, 295);
});
g.font = "bold 20px sans-serif";
g.fillText("TypeScript draws", 150, 35);
fs.writeFileSync("plot.png", canvas.toBuffer("image/png"));
