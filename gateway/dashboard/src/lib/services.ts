export const SERVICES = ["fakts", "rekuest", "mikro", "kabinet"] as const;
export type Service = (typeof SERVICES)[number];

/** The same origin for all: the gateway tells services apart by the first word of the path. */
export const graphqlPath = (service: Service): string => `/${service}/graphql`;
export const healthPath = (service: Service): string => `/${service}/ht`;

export function socketUrl(service: Service, origin: string = location.origin): string {
  return `${origin.replace(/^http/, "ws")}${graphqlPath(service)}`;
}
