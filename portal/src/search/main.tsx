import { show } from "../shell";
import { t } from "../texts/search";
import { SearchPage } from "./page";

show("search", `${t.title} · OpenData`, <SearchPage />);
