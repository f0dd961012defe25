import { show } from "../shell";
import { Loading } from "../states";

show("sql", "OpenData", <Loading />);
