"""The lab: an experiment is attack x control x target x seed, as data; what comes out is graded, kept and compared.

cell        what to run: all that a run depends on but the rig
stage       a rig with controls put on: hardened recipe, guards around the model
run         one run: put on, propose, grade; whatever goes wrong is an outcome
grading     one grader for each family of attacks
store       what was measured, kept by digest
runner      grids on one machine; on_ray: on several
effect      what controls buy, paired, and whether gradients are only hidden
evidence    measurements -> evidence for the register
suite       which attacks exercise the threats of a system
experiment  grids from YAML; tuning: the front of a control; table: the measured periodic table
reference   small real models on data that packages ship
"""
