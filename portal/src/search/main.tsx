import { show } from "../shell";
import { Loading } from "../states";

show("search", "OpenData", <Loading />);
