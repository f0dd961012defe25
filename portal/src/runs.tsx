/** Runs as a strip of bars, oldest first: the outcome shows in height and shape as well as in colour. */

import { texts } from "./i18n";
import type { Outcome } from "./types";

export const outcomeNames: Record<Outcome, string> = texts({
  en: { published: "published", unchanged: "unchanged", quarantined: "quarantined", failed: "failed" },
  zh: { published: "已发布", unchanged: "无变化", quarantined: "已隔离", failed: "失败" },
});

const BARS: Record<Outcome, { top: number; height: number; hollow?: boolean }> = {
  published: { top: 0, height: 16 },
  unchanged: { top: 0, height: 16, hollow: true },
  quarantined: { top: 6, height: 10 },
  failed: { top: 11, height: 5 },
};

/** `label` says in words what the strip shows. */
export function RunStrip({ outcomes, label }: { outcomes: readonly Outcome[]; label: string }) {
  const width = Math.max(outcomes.length * 7 - 2, 1);
  return (
    <svg class="runs" role="img" aria-label={label} viewBox={`0 0 ${width} 16`} width={width} height="16">
      {outcomes.map((outcome, at) => {
        const { top, height, hollow } = BARS[outcome];
        return hollow ? (
          <rect class={outcome} x={at * 7 + 0.75} y={top + 0.75} width="3.5" height={height - 1.5} />
        ) : (
          <rect class={outcome} x={at * 7} y={top} width="5" height={height} />
        );
      })}
    </svg>
  );
}
