/** The search page: one field, facets beside a ruled list. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { count } from "../format";
import { Broken, Loading, NotPublished } from "../states";
import { StoreError } from "../store";
import { t } from "../texts/search";
import { SORTS, type Sort, type Wanted } from "./address";
import { Catalogue } from "./catalogue";
import { Facets } from "./filters";
import { SEARCH_FILE, type Listed, loadDatasets } from "./load";
import { Pages, Results } from "./results";
import "./search.css";
import { useWanted } from "./wanted";

const PER_PAGE = 25;

export function SearchPage() {
  const { catalogue, datasets, error } = useCatalogue();
  const [wanted, want] = useWanted();
  const field = useFocusOnSlash();
  const answer = useMemo(() => catalogue?.answer(wanted), [catalogue, wanted]);
  const empty = catalogue?.size === 0;

  return (
    <>
      <h1>{t.title}</h1>
      <p class="quiet">{t.lead}</p>
      <form role="search" onSubmit={(event) => event.preventDefault()}>
        <input
          ref={field}
          class="field"
          type="search"
          aria-label={t.field}
          aria-keyshortcuts="/"
          placeholder={t.placeholder}
          title={t.hint}
          autocomplete="off"
          spellcheck={false}
          value={wanted.query}
          onInput={(event) => want({ query: event.currentTarget.value }, "typing")}
        />
      </form>
      {error && <Failure error={error} />}
      {!answer && !error && <Loading />}
      {empty && <Nothing />}
      {answer && !empty && (
        <div class="columns">
          <Facets wanted={wanted} counts={answer.counts} choose={(chosen) => want({ chosen }, "choosing")} />
          <section aria-label={t.results} class="list">
            <div class="above">
              <p role="status">
                {found(answer.rows.length, catalogue?.size ?? 0)}
                {datasets > (catalogue?.size ?? 0) && (
                  <span class="quiet"> {t.newestFirst(count(catalogue?.size ?? 0), count(datasets - (catalogue?.size ?? 0)))}</span>
                )}
              </p>
              <SortBy wanted={wanted} choose={(sort) => want({ sort }, "choosing")} />
            </div>
            {answer.rows.length === 0 && (
              <div class="state">
                <p>{t.none}</p>
                <button type="button" class="button" onClick={() => want({ query: "", chosen: {} }, "choosing")}>
                  {t.clear}
                </button>
              </div>
            )}
            <Results rows={answer.rows.slice((wanted.page - 1) * PER_PAGE, wanted.page * PER_PAGE)} />
            <Pages
              wanted={wanted}
              pages={Math.ceil(answer.rows.length / PER_PAGE)}
              choose={(page) => {
                want({ page }, "choosing");
                field.current?.scrollIntoView();
              }}
            />
          </section>
        </div>
      )}
    </>
  );
}

function SortBy({ wanted, choose }: { wanted: Wanted; choose: (sort: Sort) => void }) {
  return (
    <label class="quiet">
      {t.sort}{" "}
      <select value={wanted.sort} onChange={(event) => choose(event.currentTarget.value as Sort)}>
        {SORTS.map((sort) => (
          <option value={sort}>{t.sorts[sort]}</option>
        ))}
      </select>
    </label>
  );
}

function Failure({ error }: { error: Error }) {
  return error instanceof StoreError && error.trouble === "missing" && error.key === SEARCH_FILE ? <Nothing /> : <Broken error={error} />;
}

function Nothing() {
  return (
    <NotPublished>
      <p>{t.nothing}</p>
    </NotPublished>
  );
}

function found(some: number, all: number): string {
  return all === 1 && some === 1 ? t.one : t.found(count(some), count(all));
}

interface Progress {
  readonly catalogue: Catalogue | null;
  readonly datasets: number;
  readonly error: Error | null;
}

/** The catalogue as far as it is loaded. An error leaves what is there. */
function useCatalogue(): Progress {
  const [loading, setLoading] = useState<Progress>({ catalogue: null, datasets: 0, error: null });
  useEffect(() => {
    const show = ({ rows, datasets }: Listed) => setLoading({ catalogue: new Catalogue(rows, Date.now()), datasets, error: null });
    loadDatasets(show).then(show, (error: Error) => setLoading((before) => ({ ...before, error })));
  }, []);
  return loading;
}

/** A field that `/` brings the cursor to, unless something is being typed elsewhere. */
function useFocusOnSlash() {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof Element && event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select");
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing) return;
      event.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  return field;
}
