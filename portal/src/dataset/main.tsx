/** The page of one dataset: reads its document and shows it, or says why there is none. */

import { said } from "../i18n";
import { useLoaded } from "../loaded";
import { pageUrl } from "../place";
import { show } from "../shell";
import { Broken, Loading, NotPublished } from "../states";
import { StoreError, readJson } from "../store";
import type { DatasetDocument } from "../types";
import "./dataset.css";
import { Dataset } from "./Dataset";
import { t } from "./texts";
import { datasetId } from "./view";

const id = datasetId(location.pathname, location.search);
show(null, `${id ?? "?"} · OpenData`, id === null ? <Absent id={location.pathname} /> : <DatasetPage id={id} />);

function DatasetPage({ id }: { id: string }) {
  const loaded = useLoaded(async () => {
    const found = await readJson<DatasetDocument>(`portal/d/${id}.json`);
    document.title = `${said(found.entry.title, found.entry.title_zh)} · OpenData`;
    return found;
  }, [id]);
  if (loaded.state === "loading") return <Loading />;
  if (loaded.state === "ready") return <Dataset page={loaded.value} />;
  const { error } = loaded;
  if (error instanceof StoreError && error.trouble === "missing") return <Absent id={id} />;
  return (
    <>
      <h1>{id}</h1>
      <Broken error={error} />
    </>
  );
}

function Absent({ id }: { id: string }) {
  return (
    <>
      <h1>{t.notFound}</h1>
      <NotPublished>
        <p>{t.notFoundReason(id)}</p>
        <p>
          <a href={pageUrl("search")}>{t.toSearch}</a>
        </p>
      </NotPublished>
    </>
  );
}
