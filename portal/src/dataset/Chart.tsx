/** The chart of the newest points: candles where the table has open, high, low and close, else a line. */

import { useEffect, useRef, useState } from "preact/hooks";
import { bytes, count } from "../format";
import { language } from "../i18n";
import { useLoaded } from "../loaded";
import { Loading, NotPublished, TooLarge } from "../states";
import { onTheme } from "../theme";
import type { Chart, DatasetDocument } from "../types";
import { Section } from "./Section";
import { Trouble, asReadError } from "./Trouble";
import { type Charted, columnsOf, loadCharted } from "./charted";
import type { Plot } from "./plot";
import type { Reader } from "./reading";
import { type Points, entities, points } from "./series";
import { t } from "./texts";
import { dayOrMinute } from "./times";
import { unitText } from "./values";
import type { VersionFile } from "./view";

/** Bytes that are read unasked, and the points that are shown at first. */
const UNASKED = 1_500_000;
const WINDOWS = matchMedia("(max-width: 640px)").matches ? ([60, 250, null] as const) : ([120, 500, null] as const);
const IN_TABLE = 100;

interface Parts {
  page: DatasetDocument;
  file: VersionFile | null;
  pinned: boolean;
  reader: Reader;
}

export function ChartPart({ page, file, pinned, reader }: Parts) {
  return (
    <Section id="chart" title={t.chart}>
      {file === null ? (
        <NotPublished />
      ) : page.chart === null ? (
        <p class="state">{t.noChart}</p>
      ) : (
        <Loaded page={page} chart={page.chart} file={file} pinned={pinned} reader={reader} />
      )}
    </Section>
  );
}

function Loaded({ page, chart, file, pinned, reader }: Parts & { chart: Chart; file: VersionFile }) {
  const [limit, setLimit] = useState(UNASKED);
  const files = pinned || page.slices.length === 0 ? [file] : page.slices;
  const loaded = useLoaded(() => loadCharted(reader, files, columnsOf(chart), limit), [file.key, limit]);
  if (loaded.state === "loading") {
    return (
      <div class="chart-space">
        <Loading />
      </div>
    );
  }
  if (loaded.state === "ready") return <Controls page={page} chart={chart} charted={loaded.value} />;
  const error = asReadError(loaded.error);
  if (error.trouble !== "too_large") return <Trouble what={t.noDrawing} error={error} />;
  const size = bytes(Number(error.detail));
  return (
    <TooLarge>
      <p>{t.tooLargeReason(size)}</p>
      <button type="button" class="button" onClick={() => setLimit(Number(error.detail))}>
        {t.loadAnyway(size)}
      </button>
    </TooLarge>
  );
}

function Controls({ page, chart, charted }: { page: DatasetDocument; chart: Chart; charted: Charted }) {
  const names = charted.entity ? entities(charted.entity) : [];
  const series = chart.kind === "line" ? chart.series : [];
  const [entity, setEntity] = useState(names[0] ?? null);
  const [column, setColumn] = useState(series[0] ?? null);
  const [window, setWindow] = useState<number | null>(WINDOWS[0]);
  const [redUp, setRedUp] = useState(redUpChosen);
  const chosen = charted.entity && entity !== null ? { column: charted.entity, name: entity } : undefined;
  const drawn = column === null ? charted.values : [charted.values[series.indexOf(column)] ?? []];
  const found = points(charted.time, drawn, chosen);
  const labels = column === null ? [t.open, t.high, t.low, t.close] : [column];
  const priced = page.columns.find((one) => one.name === (chart.kind === "candles" ? chart.close : column));
  const zone = chart.time_unit === "date" ? null : (chart.timezone ?? "UTC");
  return (
    <>
      <div class="controls">
        {names.length > 1 && <Choice label={t.entity} value={entity} options={names} onChoose={setEntity} />}
        {series.length > 1 && <Choice label={t.column} value={column} options={series} onChoose={setColumn} />}
        {found.times.length > WINDOWS[0] && (
          <div class="choices" role="group" aria-label={t.window}>
            {WINDOWS.map((size) => (
              <button type="button" aria-pressed={size === window} onClick={() => setWindow(size)}>
                {size === null ? t.allPoints : t.lastPoints(size)}
              </button>
            ))}
          </div>
        )}
        {chart.kind === "candles" && (
          <button
            type="button"
            class="button"
            onClick={() => {
              rememberRedUp(!redUp);
              setRedUp(!redUp);
            }}
          >
            {redUp ? t.redUp : t.greenUp} ⇄
          </button>
        )}
      </div>
      <Canvas points={found} labels={labels} unit={priced ? unitText(priced) : ""} zone={zone} window={window} redUp={redUp} />
      <p class="quiet">
        {t.points(count(found.times.length))} · {zone === null ? t.dates : t.zone(zone)}
        {chart.kind === "candles" && ` · ${t.candleKey}`} · {t.transferred(bytes(charted.transferred), charted.requests)}
      </p>
      <details>
        <summary>{t.asTable}</summary>
        <PointTable points={found} labels={labels} zone={zone} />
      </details>
    </>
  );
}

interface Canvas {
  points: Points;
  labels: readonly string[];
  unit: string;
  zone: string | null;
  window: number | null;
  redUp: boolean;
}

function Canvas({ points, labels, unit, zone, window, redUp }: Canvas) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const up = useRef(redUp);
  up.current = redUp;
  const { times } = points;
  useEffect(() => {
    let wanted = true;
    const start = async () => {
      const { draw } = await import("./plot");
      if (!wanted || !box.current) return;
      plot.current = draw(box.current, { points, labels, unit, zone, redUp: () => up.current });
      plot.current.show(window);
    };
    void start();
    const stop = onTheme(() => plot.current?.repaint());
    return () => {
      wanted = false;
      stop();
      plot.current?.close();
      plot.current = null;
    };
  }, [points.times.length, times[0], times.at(-1), labels.join(), points.values.at(-1)?.at(-1)]);
  useEffect(() => plot.current?.show(window), [window]);
  useEffect(() => plot.current?.repaint(), [redUp]);
  const [first, last] = [times[0], times.at(-1)];
  const label = first === undefined || last === undefined ? t.points("0") : t.chartLabel(labels.join(", "), times.length, dayOrMinute(first, zone), dayOrMinute(last, zone));
  return <div class="chart-space" role="img" aria-label={label} ref={box} />;
}

function PointTable({ points, labels, zone }: { points: Points; labels: readonly string[]; zone: string | null }) {
  const rows = points.times.map((time, at) => ({ time, values: points.values.map((column) => column[at] ?? null) }));
  return (
    <div class="scroll framed" tabIndex={0} role="group" aria-labelledby="chart-title">
      <table class="full">
        <thead>
          <tr>
            <th scope="col">{t.time}</th>
            {labels.map((label) => (
              <th scope="col" class="number">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows
            .slice(-IN_TABLE)
            .reverse()
            .map(({ time, values }) => (
              <tr>
                <th scope="row">{dayOrMinute(time, zone)}</th>
                {values.map((value) => (
                  <td class="number">{value ?? "–"}</td>
                ))}
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}

interface Options {
  label: string;
  value: string | null;
  options: readonly string[];
  onChoose: (value: string) => void;
}

function Choice({ label, value, options, onChoose }: Options) {
  return (
    <label>
      {label}{" "}
      <select value={value ?? undefined} onChange={(event) => onChoose(event.currentTarget.value)}>
        {options.map((option) => (
          <option value={option}>{option}</option>
        ))}
      </select>
    </label>
  );
}

/** Red rises in Chinese, green in English, until the visitor chooses; where nothing can be kept, for this visit only. */
function redUpChosen(): boolean {
  return (kept(() => localStorage.getItem("rising")) ?? (language === "zh" ? "red" : "green")) === "red";
}

function rememberRedUp(redUp: boolean): void {
  kept(() => localStorage.setItem("rising", redUp ? "red" : "green"));
}

function kept<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    console.info("the browser keeps nothing for this site", error);
    return null;
  }
}
