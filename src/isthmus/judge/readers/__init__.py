"""What a study of several readers on the same nodules shows: MRMC tests, kappa, and how readers follow a model.

``figures`` AUC, sensitivity or specificity of each reader and mode with their covariance over nodules; ``hillis`` the
Obuchowski-Rockette-Hillis tests on them; ``kappa`` agreement of readers; ``crossed`` the bootstrap of readers and
nodules at once; ``reliance`` what a model's answer does to a reader's.
Arrays are (modes, readers, nodules) in that order; every reader has read every nodule in every mode.
"""
