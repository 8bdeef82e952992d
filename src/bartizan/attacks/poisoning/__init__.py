"""Poisoning: a changed training set, so that the model made from it answers as the attacker wants.

triggers           marks that are easy to plant and never occur by themselves: for images, tables and texts
label_flip         wrong labels, anywhere or from one class to another
backdoor           rows with a trigger and the wanted label
clean_label        rows with a trigger whose labels are right
feature_collision  rows that look like one class and that a network takes for one input of another
"""
