import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from "@tanstack/react-router";
import { LoginDone, LoginPage, NotFound, Root } from "./shell/Entry";
import { Shell } from "./shell/Shell";
import { cleanSearch, parseSearch, stringifySearch, type Search } from "./lib/search";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });

const validateSearch = (search: Record<string, unknown>): Search => cleanSearch(search);

const top = createRoute({ getParentRoute: () => root, path: "/", component: Root });
const login = createRoute({ getParentRoute: () => root, path: "/login", component: LoginPage });
const loginDone = createRoute({ getParentRoute: () => root, path: "/login/done", component: LoginDone });
const device = createRoute({
  getParentRoute: () => root,
  path: "/device",
  validateSearch,
  component: lazyRouteComponent(() => import("./pages/device/DevicePage")),
});
const join = createRoute({
  getParentRoute: () => root,
  path: "/join/$token",
  component: lazyRouteComponent(() => import("./pages/people/JoinPage")),
});
const me = createRoute({ getParentRoute: () => root, path: "/me", component: Root });

export const organization = createRoute({
  getParentRoute: () => root,
  path: "/o/$org",
  component: Shell,
  notFoundComponent: NotFound,
});

type Loader = Parameters<typeof lazyRouteComponent>[0];
const page = <const P extends string>(path: P, load: Loader) =>
  createRoute({ getParentRoute: () => organization, path, validateSearch, component: lazyRouteComponent(load) });

const pages = [
  page("/", () => import("./pages/home/HomePage")),
  page("/tasks", () => import("./pages/tasks/TasksPage")),
  page("/tasks/$id", () => import("./pages/tasks/TaskPage")),
  page("/approvals", () => import("./pages/tasks/ApprovalsPage")),
  page("/actions", () => import("./pages/actions/ActionsPage")),
  page("/actions/$id", () => import("./pages/actions/ActionPage")),
  page("/agents", () => import("./pages/agents/AgentsPage")),
  page("/agents/$id", () => import("./pages/agents/AgentPage")),
  page("/data", () => import("./pages/data/DataPage")),
  page("/data/f/$folder", () => import("./pages/data/DataPage")),
  page("/data/array/$id", () => import("./pages/data/ArrayPage")),
  page("/data/table/$id", () => import("./pages/data/TablePage")),
  page("/data/file/$id", () => import("./pages/data/FilePage")),
  page("/data/trash", () => import("./pages/data/TrashPage")),
  page("/data/storage", () => import("./pages/data/StoragePage")),
  page("/store", () => import("./pages/store/StorePage")),
  page("/store/$id", () => import("./pages/store/AppPage")),
  page("/store/installed/$id", () => import("./pages/store/PodPage")),
  page("/people", () => import("./pages/people/PeoplePage")),
  page("/apps", () => import("./pages/apps/AppsPage")),
  page("/services", () => import("./pages/apps/ServicesPage")),
  page("/ops", () => import("./pages/ops/OpsPage")),
  page("/me", () => import("./pages/people/MePage")),
];

export const router = createRouter({
  routeTree: root.addChildren([top, login, loginDone, device, join, me, organization.addChildren(pages)]),
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
