// What the modules import and a test without a browser has not.
import { mock } from "bun:test";

const nothing = () => ({});
const react = ["createElement", "useEffect", "useLayoutEffect", "useRef", "useState"];
mock.module("react", () => ({
  ...Object.fromEntries(react.map((name) => [name, nothing])),
  useSyncExternalStore: (_subscribe, read) => read(),
}));
mock.module("react-router", () => ({ useLocation: nothing }));
