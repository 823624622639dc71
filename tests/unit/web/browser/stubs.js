// What the modules import and a test without a browser has not: a React that draws nothing, whose
// effects run at once and whose references hold `globalThis.element`.
import { mock } from "bun:test";

mock.module("react", () => ({
  createElement: (type, props) => ({ type, props }),
  useEffect: (run) => run(),
  useLayoutEffect: (run) => run(),
  useRef: (first) => ({ current: first ?? globalThis.element }),
  useCallback: (call) => call,
  createContext: (value) => ({ value }),
  useContext: ({ value }) => globalThis.context ?? value,
  useSyncExternalStore: (subscribe, read, built) => (
    subscribe(() => globalThis.drawn?.push(read())), globalThis.waking ? built() : read()
  ),
}));
mock.module("react-router", () => ({ useLocation: () => globalThis.location ?? { pathname: "/" } }));
