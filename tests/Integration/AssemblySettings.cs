// Real servers share two cores and fixed waiting times: one class after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
