import { mutate, query } from "~/api/client";
import { CreateShape, CreateSurface, DeleteShape, Surfaces, UpdateShape } from "~/gen/mikro";
import { BY_HAND, surfaceAxes, surfaceIn, type Axis, type Store, type Surface } from "./drawing";

/** Where shapes are kept: mikro's annotations. */
export const drawingStore: Store = {
  create: async (shape) => (await mutate("mikro", CreateShape, { input: { ...shape, vectors: [...shape.vectors], coordinates: [...shape.coordinates] } })).createAnnotation.id,
  change: (id, changes) => mutate("mikro", UpdateShape, { input: { id, ...changes } }),
  remove: (id) => mutate("mikro", DeleteShape, { input: { id } }),
};

/** The surface over an image that is drawn upon by hand; made with the first shape. */
export async function surfaceFor(dataset: { id: string; axes: readonly Axis[] }, plane: readonly [string, string]): Promise<Surface> {
  const typed = surfaceAxes(dataset.axes);
  const fits = plane.every((axis) => typed.some((one) => one.name === axis && one.type === "SPACE"));
  const axes = fits ? typed : plane.map((name) => ({ name, type: "SPACE" }));
  const { data, problem } = await query("mikro", Surfaces, { dataset: dataset.id });
  if (problem) throw problem;
  const found = surfaceIn(data?.annotationCollections ?? [], axes);
  if (found) return found;
  const { createAnnotationCollection } = await mutate("mikro", CreateSurface, {
    input: { name: BY_HAND, axes: axes.map(({ name, type }) => ({ name, type: type as "SPACE" | "TIME" })), derivedFrom: [{ kind: "DATASET", dataset: dataset.id }] },
  });
  return createAnnotationCollection;
}
