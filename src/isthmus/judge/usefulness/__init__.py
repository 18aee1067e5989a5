"""What a model is good for, in the units of those who use it: net benefit, biopsies, reclassification, sample size.

``net_benefit`` the decision curve; ``biopsies`` those spared for each cancer missed; ``reclassification`` who changes
sides; ``sample_size`` what more nodules would show, and how many a site needs.
"""
