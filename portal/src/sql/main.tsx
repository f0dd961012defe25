import { show } from "../shell";
import { t } from "../texts/sql";
import { SqlPage } from "./page";

show("sql", `${t.title} · OpenData`, <SqlPage />);
