import { show } from "../shell";
import { Loading } from "../states";

show(null, "OpenData", <Loading />);
