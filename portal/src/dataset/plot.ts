/** A uPlot in the page's colours: candles for four series, a line for one. */

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { locale } from "../i18n";
import { drawCandles } from "./candles";
import { type Points, step } from "./series";
import { t } from "./texts";
import { dayOrMinute } from "./times";

export interface Drawing {
  points: Points;
  /** One for a line; open, high, low and close for candles. */
  labels: readonly string[];
  unit: string;
  /** Null where the points are dates. */
  zone: string | null;
  redUp: () => boolean;
}

export interface Plot {
  /** Show the last points only, or all. */
  show(last: number | null): void;
  /** Draw again, as the colours have changed. */
  repaint(): void;
  close(): void;
}

const HEIGHT = 300;
const DAY = 86_400;
/** Tick labels by the distance of ticks in seconds; the second line is where a day or a year begins. */
const TICKS = [
  [365 * DAY, "{YYYY}", null, null, null, null, null, null, 1],
  [28 * DAY, "{YYYY}-{MM}", null, null, null, null, null, null, 1],
  [DAY, "{MM}-{DD}", "\n{YYYY}", null, null, null, null, null, 1],
  [60, "{HH}:{mm}", "\n{YYYY}-{MM}-{DD}", null, "\n{MM}-{DD}", null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", "\n{YYYY}-{MM}-{DD}", null, "\n{MM}-{DD}", null, null, null, 1],
] as uPlot.Axis.Values;

export function draw(box: HTMLElement, drawing: Drawing): Plot {
  const { points, labels, unit, zone } = drawing;
  const candles = labels.length === 4;
  const number = new Intl.NumberFormat(locale, { maximumSignificantDigits: 8 });
  const colours = () =>
    drawing.redUp() ? { up: colour("--bad"), down: colour("--good") } : { up: colour("--good"), down: colour("--bad") };
  const axis = { stroke: () => colour("--quiet"), grid: { stroke: () => colour("--rule"), width: 1 }, ticks: { stroke: () => colour("--rule") } };
  const plot = new uPlot(
    {
      width: box.clientWidth,
      height: HEIGHT,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone ?? "UTC"),
      cursor: { points: { show: !candles } },
      legend: { markers: { show: false } },
      axes: [
        { ...axis, values: TICKS },
        { ...axis, label: unit, labelSize: unit ? 20 : 0, size: 64, values: (_, ticks) => ticks.map((tick) => number.format(tick)) },
      ],
      series: [
        { label: t.time, value: (_, seconds) => (seconds === null ? "–" : dayOrMinute(seconds, zone)) },
        ...labels.map((label) => ({
          label,
          value: (_: uPlot, value: number | null) => (value === null ? "–" : `${number.format(value)} ${unit}`),
          stroke: () => colour("--accent"),
          width: 1.5,
          ...(candles ? { paths: () => null, points: { show: false } } : {}),
        })),
      ],
      hooks: candles ? { draw: [drawCandles(step(points.times), colours)] } : {},
    },
    [points.times, ...points.values],
    box,
  );
  const resized = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: HEIGHT }));
  resized.observe(box);
  return {
    show(last) {
      const first = points.times.at(last === null ? 0 : -Math.min(last, points.times.length));
      const end = points.times.at(-1);
      const margin = step(points.times);
      if (first !== undefined && end !== undefined) plot.setScale("x", { min: first - margin, max: end + margin });
    },
    repaint: () => plot.redraw(false, true),
    close() {
      resized.disconnect();
      plot.destroy();
    },
  };
}

function colour(token: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(token);
}
