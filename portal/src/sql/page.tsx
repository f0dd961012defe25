/** The SQL console: choose datasets, write a query, see what it costs, run it. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { bytes } from "../format";
import { t } from "../texts/sql";
import { datasetIn, keepQuery, queryIn } from "./address";
import { Chooser } from "./chooser";
import { type Cost, costOf } from "./cost";
import type { Result } from "./engine";
import { type Costed, Tables } from "./list";
import { documentOf, useMentioned } from "./mentioned";
import { Results } from "./results";
import { Cancelled, Session } from "./session";
import "./sql.css";
import { firstQuery, type Table } from "./tables";

/** Bytes of the engine that the first run fetches. */
const ENGINE = 18_400_000;

type Outcome =
  | { readonly state: "idle" | "running" | "cancelled" }
  | { readonly state: "done"; readonly result: Result; readonly seconds: number }
  | { readonly state: "failed"; readonly error: Error };

export function SqlPage() {
  const [sql, setSql] = useState(queryIn(location.hash) ?? "");
  const [outcome, setOutcome] = useState<Outcome>({ state: "idle" });
  const [trouble, setTrouble] = useState<Error | null>(null);
  const [started, setStarted] = useState(false);
  const session = useMemo(() => new Session(), []);
  const editor = useRef<HTMLTextAreaElement>(null);
  const mentioned = useMentioned(sql);
  const tables = mentioned.state === "ready" ? mentioned.value.map((one) => ({ ...one, cost: one.table && costOf(sql, one.table, one.columnBytes) })) : [];
  const ready = mentioned.state === "ready" && sql.trim() !== "" && tables.every(readable);
  const running = outcome.state === "running";

  function write(text: string) {
    setSql(text);
    keepQuery(text);
  }

  function choose(id: string) {
    setTrouble(null);
    documentOf(id).then(
      (document) => {
        write(firstQuery(document));
        editor.current?.focus();
      },
      (error: Error) => setTrouble(error),
    );
  }

  useEffect(() => {
    const asked = datasetIn(location.search);
    if (asked && !sql) choose(asked);
  }, []);

  async function run() {
    if (!ready || running) return;
    keepQuery(sql);
    setOutcome({ state: "running" });
    setStarted(true);
    const begun = performance.now();
    try {
      const result = await session.run(sql, tables.filter(readable));
      setOutcome({ state: "done", result, seconds: (performance.now() - begun) / 1000 });
    } catch (error) {
      setOutcome(error instanceof Cancelled ? { state: "cancelled" } : { state: "failed", error: error as Error });
    }
  }

  return (
    <>
      <h1>
        {t.title} <span class="badge beta">{t.beta}</span>
      </h1>
      <p class="quiet lead">{t.lead}</p>
      <Chooser choose={choose} />
      {trouble && <Trouble error={trouble} />}
      <form
        class="console"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <label for="query">{t.query}</label>
        <textarea
          id="query"
          ref={editor}
          rows={8}
          spellcheck={false}
          autocapitalize="off"
          placeholder={t.placeholder}
          aria-describedby="hint"
          value={sql}
          onInput={(event) => setSql(event.currentTarget.value)}
          onChange={(event) => keepQuery(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
            event.preventDefault();
            void run();
          }}
        />
        <p id="hint" class="quiet">
          {t.hint}
        </p>
        <Tables mentioned={mentioned} tables={tables} />
        <div class="actions">
          <button type="submit" class="button primary" disabled={!ready || running}>
            {t.run}
          </button>
          <button type="button" class="button" disabled={!running} onClick={() => session.cancel()}>
            {t.cancel}
          </button>
          <p class="quiet" role="status">
            {running ? t.running : outcome.state === "cancelled" ? t.cancelled : !started && t.firstRun(bytes(ENGINE))}
          </p>
        </div>
      </form>
      {outcome.state === "failed" && <Trouble error={outcome.error} />}
      {outcome.state === "done" && <Results result={outcome.result} seconds={outcome.seconds} />}
    </>
  );
}

/** A table that the query may be run over. */
function readable(one: Costed): one is Costed & { table: Table; cost: Cost } {
  return one.table !== null && one.cost !== null && one.cost.how !== "refused";
}

function Trouble({ error }: { error: Error }) {
  return (
    <div class="state broken" role="alert">
      <p>
        <strong>{t.failed}</strong>
      </p>
      <pre>{error.message}</pre>
    </div>
  );
}
