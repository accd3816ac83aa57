import * as echarts from "echarts";
import fs from "fs";

interface Point { day: number; level: number }
const points: Point[] = Array.from({ length: 29 }, (_, day) => ({ day, level: 3.2 + 1.4 * Math.cos((day / 14.76) * 2 * Math.PI) }));
const chart = echarts.init(null as any, null, { renderer: "svg", ssr: true, width: 760, height: 420 });
chart.setOption({
  animation: false,
  backgroundColor: "#ffffff",
  textStyle: { fontFamily: "DejaVu Sans, sans-serif" },
  title: { text: "Height of spring and neap tides", left: "center", top: 10 },
  grid: { left: 80, right: 40, top: 60, bottom: 60 },
  xAxis: { type: "value", name: "Day of the lunar month", nameLocation: "middle", nameGap: 32, min: 0, max: 28 },
  yAxis: { type: "value", name: "Range (m)", nameLocation: "middle", nameGap: 44, min: 0 },
  series: [{ type: "line", smooth: true, symbolSize: 6, data: points.map((p) => [p.day, +p.level.toFixed(2)]), areaStyle: { opacity: 0.15 } }],
});
fs.writeFileSync("tides.svg", chart.renderToSVGString());
chart.dispose();
