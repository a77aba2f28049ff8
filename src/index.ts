/** Morphogen as a library: everything the command line does, and what it is made of. */

// What people do: train, resume, open, sample, reconstruct, encode, decode, interpolate, export.
export * from "./verbs/abilities.js";
export { anomalies, anomaliesCsv, anomaliesSvg, type Anomalies } from "./verbs/anomaly.js";
export { heldOut, heldOutCsv, meansOf, type HeldOutRequest, type HeldOutResult } from "./verbs/held-out.js";
export { reconstructionErrors } from "./verbs/reconstruction-errors.js";
export { labelledReconstructions } from "./verbs/labelled-reconstructions.js";
export { orderedExamples, orders, reconstructionReport, type ClassError, type ExampleError, type Order, type ReconstructionReport } from "./verbs/reconstruction-report.js";
export { corruptAndDenoise, denoisePicture, denoisingFigure, type Denoised, type DenoisingErrors } from "./verbs/denoise.js";
export { shapeToTranslate, translate, translatePicture, translationReport, translationsSvg, type Nearness, type TranslateOptions, type TranslationReport } from "./verbs/translate.js";
export { codingsOf, encodeExamples } from "./verbs/codings.js";
export { arithmeticSvg, arrivals, classDirection, examplesOfClass, moveAlong, type Arrivals, type ClassDirection, type Nearest } from "./verbs/arithmetic.js";
export { interpolationsSvg, midpointDistances, type InterpolationsRequest, type MidpointDistances } from "./verbs/interpolations.js";
export { similar, similarFigure, type SimilarRequest } from "./verbs/similar.js";
export { traversalSvg, traverse, type Traversal, type TraversedCoding, type TraverseRequest } from "./verbs/traverse.js";
export { explain, type ExplainedPlan, type ExplainRequest, type Explanation, type MachineRates } from "./verbs/explain.js";
export { sumsByKind, type Cost, type KindRow, type Operand, type PlanRows, type StepRow } from "./engines/onednn/explain.js";
export { describeQuality, embed, embeddingCsv, embeddingSvg, type Embedding, type EmbeddingQuality, type EmbedRequest } from "./verbs/embed.js";
export { likelihood, type LikelihoodEstimate, type LikelihoodRequest } from "./verbs/likelihood.js";
export type { PcaOutcome } from "./verbs/pca-comparison.js";
export { openTrained, type OpenOptions, type TrainedRun } from "./verbs/open.js";
export { setup, type SetupOptions, type SetupOutcome } from "./verbs/setup.js";
export { denoisingTable, reconstructionTable, sampleTable, showsImages } from "./verbs/tables.js";
export { loadData, type DataRequest, type EngineRequest, type TrainingInput } from "./verbs/prepare.js";
export { pretrain, pretrainingCsv, pretrainingSvg, pretrainModes, summarizePretraining, type PretrainMode, type PretrainRequest, type PretrainResult, type PretrainRow } from "./verbs/pretrain.js";
export { defaultPrior, priorNames, sampleFrom, type PriorName, type PriorSampling } from "./verbs/priors.js";
export { resumeInWorker, trainInWorker, type TrainReport } from "./verbs/in-worker.js";
export { resume, train, type ResumeRequest, type TrainOutcome, type TrainRequest } from "./verbs/train.js";
export { pcaBaseline, principalComponentsOf, type Limits, type PcaBaseline, type PcaErrors } from "./analysis/pca.js";
export { principalAngles } from "./analysis/principal-angles.js";

// What they do it with.
export { byDescending, quantile, rocAuc } from "./analysis/anomaly.js";
export * from "./analysis/neighbours.js";
export { embedPoints, embeddingMethods, type EmbeddingMethod, type EmbeddingOptions } from "./analysis/embedding.js";
export { classMeans, directionBetween, moved, nearestClasses, type ClassMeans } from "./analysis/directions.js";
export { codingRanges, meanVariance, type CodingRanges } from "./analysis/traversal.js";
export { nearestDistances } from "./analysis/nearest-distances.js";
export { nearestNeighbours, neighbourAccuracy, type Neighbours } from "./analysis/neighbours.js";
export type { Points } from "./analysis/points.js";
export { trustworthiness } from "./analysis/trustworthiness.js";
export { fitMixture, meanLogLikelihood, sampleMixture, type Component, type FittedMixture, type Mixture, type MixtureOptions } from "./analysis/mixture.js";
export * from "./models/model.js";
export { findModel, models } from "./models/registry.js";
export { variational } from "./models/variational.js";
export { imagesFromArray, type ArrayOptions } from "./data/arrays.js";
export { loadFiles } from "./data/own-files.js";
export type { FileOptions, FileOptionsInput, LoadHooks } from "./data/file-options.js";
export { paired, unpaired } from "./data/pairs.js";
export { pairsForTask, type Task } from "./data/pair-tasks.js";
export { pictureFiles, pictureReader, type PictureFile } from "./data/picture-files.js";
export { inOriginalUnits } from "./data/table.js";
export { decodeNpy, encodeNpy, type Npy } from "./data/npy.js";
export { batchOf, gatherBatch, shuffledIndices, sliceExamples, takeExamples } from "./data/batches.js";
export * from "./data/dataset.js";
export { datasets, findDataset } from "./data/registry.js";
export { decodePng, encodePng, rasterOf, type Picture } from "./figures/png.js";
export { bandsGrid, imageGrid, reconstructionGrid, type GridOptions, type Raster } from "./figures/grid.js";
export { labelledGridSvg, rastersOf, type LabelledGridOptions, type LabelledImage, type LabelledRow } from "./figures/labelled-grid.js";
export { curvesSvg, panelsSvg, type CurveOptions, type Panel, type Series } from "./figures/curves.js";
export { scatterSvg, type ScatterOptions } from "./figures/scatter.js";
export { svgToPng } from "./figures/svg-to-png.js";

// For models and training loops of one's own.
export * as nn from "./nn/index.js";
export * as optimizers from "./optimizers/index.js";
export * as tensor from "./tensor/index.js";
export * as training from "./training/index.js";
export { chooseEngine, engineNames, onednnEngine, type ChoiceOptions, type EngineOptions } from "./engines/choose.js";
export type { Engine, Executable } from "./engines/engine.js";
export type { OnednnEngine, OnednnOptions } from "./engines/onednn/index.js";
export { exportOnnx, onnxEngine } from "./engines/onnx/index.js";
export { referenceEngine } from "./engines/reference/index.js";
export * from "./errors.js";
export { version } from "./version.js";
