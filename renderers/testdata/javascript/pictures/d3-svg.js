import fs from "fs";
import * as d3 from "d3";
import { JSDOM } from "jsdom";

const rows = [["Denmark", 24], ["Greece", 41], ["Ireland", 33], ["Portugal", 45], ["Spain", 29], ["Sweden", 38]].map(([country, share]) => ({ country, share }));
rows.sort((a, b) => d3.descending(a.share, b.share));
const width = 720, height = 380, margin = { top: 56, right: 50, bottom: 56, left: 100 };
const document = new JSDOM("<body></body>").window.document;
const svg = d3.select(document.body).append("svg").attr("xmlns", "http://www.w3.org/2000/svg").attr("viewBox", `0 0 ${width} ${height}`).attr("font-family", "DejaVu Sans, sans-serif");
const x = d3.scaleLinear([0, 50], [margin.left, width - margin.right]);
const y = d3.scaleBand(rows.map((d) => d.country), [margin.top, height - margin.bottom]).padding(0.25);
svg.append("rect").attr("width", width).attr("height", height).attr("fill", "white");
svg.append("text").attr("x", width / 2).attr("y", 32).attr("text-anchor", "middle").attr("font-size", 20).attr("font-weight", "bold").text("Share of young people in part-time work");
svg.selectAll(".bar").data(rows).join("rect").attr("class", "bar").attr("x", margin.left).attr("y", (d) => y(d.country)).attr("height", y.bandwidth()).attr("width", (d) => x(d.share) - margin.left).attr("fill", "#54a24b");
svg.selectAll(".value").data(rows).join("text").attr("class", "value").attr("x", (d) => x(d.share) + 6).attr("y", (d) => y(d.country) + y.bandwidth() / 2 + 5).attr("font-size", 14).text((d) => d.share + " %");
svg.append("g").attr("transform", `translate(${margin.left},0)`).call(d3.axisLeft(y).tickSize(0)).attr("font-size", 14);
svg.append("g").attr("transform", `translate(0,${height - margin.bottom})`).call(d3.axisBottom(x)).attr("font-size", 13);
svg.append("text").attr("x", (margin.left + width - margin.right) / 2).attr("y", height - 12).attr("text-anchor", "middle").attr("font-size", 14).text("Share (%)");
fs.writeFileSync("share.svg", document.body.innerHTML);
