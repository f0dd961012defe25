/** Rows of the file, read from the Parquet itself by range; preview.json stands in where that cannot be read. */

import { useEffect, useState } from "preact/hooks";
import { bytes, count } from "../format";
import { useLoaded } from "../loaded";
import { Loading, NotPublished, TooLarge } from "../states";
import { readJson } from "../store";
import type { Column, DatasetDocument } from "../types";
import { Section } from "./Section";
import { Trouble, asReadError } from "./Trouble";
import type { Plain } from "./parquet";
import type { ReadError } from "./ranged";
import type { Reader, Rows, Table, Transfer } from "./reading";
import { t } from "./texts";
import { isNumber, unitText, valueText } from "./values";
import { type VersionFile, previewKey, withQuery } from "./view";

const ROWS = 100;
/** Bytes that are read unasked. */
const UNASKED = 2_000_000;

interface Parts {
  page: DatasetDocument;
  file: VersionFile | null;
  /** The row that the address names, 1 is the first. */
  row: number | null;
  reader: Reader;
}

/** Rows with their numbers, and where they come from. */
interface Shown {
  columns: string[];
  rows: { number: number; values: readonly Plain[] }[];
  total: number;
  transfer: Transfer | null;
  /** Why they are not from the Parquet. */
  reason: ReadError | null;
}

export function Preview({ page, file, row, reader }: Parts) {
  const [rows, setRows] = useState<Rows>(row === null ? "newest" : row - 1);
  const choices: [Rows, string][] = [
    ["newest", t.newest],
    ["first", t.first],
    ...(typeof rows === "number" ? [[rows, t.around(count(rows + 1))] as [Rows, string]] : []),
  ];
  const choice = file && (
    <div class="choices" role="group" aria-label={t.rows}>
      {choices.map(([value, name]) => (
        <button type="button" aria-pressed={value === rows} onClick={() => setRows(value)}>
          {name}
        </button>
      ))}
    </div>
  );
  return (
    <Section id="preview" title={t.preview} aside={choice}>
      {file ? (
        <FileRows page={page} file={file} rows={rows} row={row} reader={reader} seek={setRows} />
      ) : (
        <NotPublished />
      )}
    </Section>
  );
}

function FileRows({ page, file, rows, row, reader, seek }: Parts & { file: VersionFile; rows: Rows; seek: (rows: Rows) => void }) {
  const [limit, setLimit] = useState(UNASKED);
  const loaded = useLoaded(() => shownRows(reader, file, rows, limit), [file.key, rows, limit]);
  useEffect(() => {
    if (row === null || loaded.state !== "ready") return;
    if (loaded.value.rows.some(({ number }) => number === row)) document.getElementById(`row-${row}`)?.scrollIntoView({ block: "center" });
    else if (row <= loaded.value.total) seek(row - 1);
  }, [row, loaded]);
  if (loaded.state === "loading") {
    return (
      <div class="table-space">
        <Loading />
      </div>
    );
  }
  if (loaded.state === "ready") return <RowTable shown={loaded.value} columns={page.columns} file={file} wanted={row} />;
  const error = asReadError(loaded.error);
  if (error.trouble !== "too_large") return <Trouble what={t.noPreview} error={error} />;
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

async function shownRows(reader: Reader, file: VersionFile, rows: Rows, limit: number): Promise<Shown> {
  try {
    return numbered(await reader.table(file, rows, ROWS, limit), rows === "newest");
  } catch (error) {
    const reason = asReadError(error);
    if (rows !== "newest" || reason.trouble === "too_large") throw reason;
    return previewRows(file, reason);
  }
}

function numbered(table: Table, newestFirst: boolean): Shown {
  const rows = table.rows.map((values, at) => ({ number: table.start + at + 1, values }));
  return { ...table, rows: newestFirst ? rows.reverse() : rows, transfer: table, reason: null };
}

async function previewRows(file: VersionFile, reason: ReadError): Promise<Shown> {
  type PreviewFile = { format: number; columns: string[]; row_count: number; rows: Plain[][] };
  const found = await readJson<PreviewFile>(previewKey(file)).catch(() => {
    throw reason;
  });
  const rows = found.rows.map((values, at) => ({ number: found.row_count - at, values }));
  return { columns: found.columns, rows, total: found.row_count, transfer: null, reason };
}

function RowTable({ shown, columns, file, wanted }: { shown: Shown; columns: readonly Column[]; file: VersionFile; wanted: number | null }) {
  const unknown = { type: "", unit: null };
  const heads = shown.columns.map((name) => ({ name, ...(columns.find((column) => column.name === name) ?? unknown) }));
  return (
    <>
      {shown.reason && <Trouble what={t.fromPreview} error={shown.reason} />}
      <p class="quiet">
        {t.ofRows(count(shown.rows.length), count(shown.total))}
        {shown.transfer && ` · ${t.fromParquet} · ${t.transferred(bytes(shown.transfer.transferred), shown.transfer.requests)}`}
      </p>
      <div class="scroll framed table-space" tabIndex={0} role="group" aria-labelledby="preview-title">
        <table class="full rows">
          <thead>
            <tr>
              <th scope="col">
                <span class="unseen">{t.row}</span>
              </th>
              {heads.map((head) => (
                <th scope="col" class={isNumber(head) ? "number" : undefined}>
                  {head.name}
                  <span class="unit">{unitText(head) || "–"}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.rows.map(({ number, values }) => (
              <tr id={`row-${number}`} class={number === wanted ? "wanted" : undefined}>
                <td class="row-number">
                  <a
                    href={`${withQuery(location.search, { version: file.version })}#row-${number}`}
                    aria-label={t.linkToRow(String(number))}
                  >
                    {number}
                  </a>
                </td>
                {heads.map((head, at) => (
                  <td class={isNumber(head) ? "number" : undefined}>{valueText(values[at] ?? null, head)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
