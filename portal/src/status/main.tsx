import { show } from "../shell";
import { Loading } from "../states";

show("status", "OpenData", <Loading />);
