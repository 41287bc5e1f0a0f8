import {
  IconApps, IconBuildingStore, IconChecks, IconCpu, IconDatabase, IconHome, IconListDetails, IconPlayerPlay, IconServer, IconTool,
  IconUsers, type Icon,
} from "@tabler/icons-react";

export interface Place {
  to: string;
  title: string;
  icon: Icon;
  key?: string;
}

export const PLACES: Place[] = [
  { to: "", title: "Home", icon: IconHome, key: "h" },
  { to: "/tasks", title: "Tasks", icon: IconListDetails, key: "t" },
  { to: "/approvals", title: "Approvals", icon: IconChecks },
  { to: "/actions", title: "Actions", icon: IconPlayerPlay, key: "a" },
  { to: "/data", title: "Data", icon: IconDatabase, key: "d" },
  { to: "/store", title: "Store", icon: IconBuildingStore, key: "s" },
  { to: "/agents", title: "Agents", icon: IconCpu },
];
export const ADMIN: Place[] = [
  { to: "/people", title: "People", icon: IconUsers },
  { to: "/apps", title: "Apps", icon: IconApps },
  { to: "/services", title: "Services", icon: IconServer },
  { to: "/ops", title: "Operations", icon: IconTool },
];
