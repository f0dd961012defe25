import { show } from "../shell";
import { t } from "../texts/status";
import { StatusPage } from "./page";

show("status", `${t.title} · OpenData`, <StatusPage />);
