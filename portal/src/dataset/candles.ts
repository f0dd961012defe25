/** Candles on a uPlot canvas: series 1 to 4 are open, high, low and close. */

import type uPlot from "uplot";

export interface CandleColours {
  up: string;
  down: string;
}

/** Pixels of a body below which it is drawn as its wick only. */
const NARROWEST = 3;
const WIDEST = 14;

/** A draw hook. A rising candle is hollow and a falling one filled, so that colour is not the only sign. */
export function drawCandles(step: number, colours: () => CandleColours): (plot: uPlot) => void {
  return (plot) => {
    const [times, opens, highs, lows, closes] = plot.data as [number[], ...(number | null)[][]];
    const [first, last] = plot.series[0]?.idxs ?? [0, times.length - 1];
    const { ctx, bbox } = plot;
    const density = devicePixelRatio;
    const pitch = plot.valToPos(step, "x", true) - plot.valToPos(0, "x", true);
    const width = Math.min(WIDEST * density, Math.round(pitch * 0.7));
    const { up, down } = colours();
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.lineWidth = Math.max(1, density);
    for (let i = first; i <= last; i++) {
      const [open, high, low, close] = [opens?.[i], highs?.[i], lows?.[i], closes?.[i]];
      if (open == null || high == null || low == null || close == null) continue;
      const rises = close >= open;
      const x = Math.round(plot.valToPos(times[i] as number, "x", true)) + 0.5;
      const y = (value: number) => Math.round(plot.valToPos(value, "y", true)) + 0.5;
      const [top, bottom] = [y(Math.max(open, close)), y(Math.min(open, close))];
      ctx.strokeStyle = ctx.fillStyle = rises ? up : down;
      ctx.beginPath();
      if (width < NARROWEST * density) {
        ctx.moveTo(x, y(high));
        ctx.lineTo(x, y(low));
      } else {
        ctx.moveTo(x, y(high));
        ctx.lineTo(x, top);
        ctx.moveTo(x, bottom);
        ctx.lineTo(x, y(low));
        ctx.rect(x - width / 2, top, width, Math.max(1, bottom - top));
        if (!rises) ctx.fillRect(x - width / 2, top, width, Math.max(1, bottom - top));
      }
      ctx.stroke();
    }
    ctx.restore();
  };
}
