const { createCanvas } = require("canvas");
const fs = require("fs");

const canvas = createCanvas(480, 320);
const g = canvas.getContext("2d");
g.fillStyle = "white";
g.fillRect(0, 0, 480, 320);
[["Jan", 3], ["Feb", 5], ["Mar", 4]].forEach(([month, sales], i) => {
  g.fillStyle = ["steelblue", "tomato", "seagreen"][i];
  g.fillRect(80 + i * 120, 270 - sales * 40, 80, sales * 40);
  g.fillStyle = "black";
  g.font = "16px sans-serif";
  g.fillText(month, 105 + i * 120, 295);
});
g.font = "bold 20px sans-serif";
g.fillText("JavaScript draws", 155, 35);
fs.writeFileSync("plot.png", canvas.toBuffer("image/png"));
