// What comes with the build of the page and not with these checks.
declare module "react-router" {
  export function useLocation(): { pathname: string };
}
declare module "react-router/dom";
declare module "react-dom/client";

// Made of searchapp/i18n by the build.
declare module "*/texts.json" {
  const texts: Record<string, [string, string]>;
  export default texts;
}
