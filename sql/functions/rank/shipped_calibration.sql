-- How sure the hits of the shipped ranker are, by the legs that there are and the class of query. Fitted as
-- pgcodesearch calibrate fits; docs/measurements.md says to what.
create or replace function shipped_calibration() returns jsonb
language sql immutable parallel safe
as $$
    select '{
        "hybrid": {
          "identifier": {
            "known": 0.2933, "precise": 0.7612,
            "answered": {
              "lexical": -0.00495, "lexical_log": 0.1757, "lexical_share": -0.00688,
              "lexical_reciprocal": 0.3748, "vector": 0.2694, "window": 0.1759, "vector_reciprocal": -0.1689,
              "file_lexical": -0.06128, "file_lexical_log": 0.05102, "file_vector": 0.02631,
              "file_share": -0.3364, "file_best": 0.01852, "is_name": 0.04245, "is_name_typed": 0.4515,
              "has_name": 0.6066, "has_name_typed": 0.8664, "has_qualified_name": 0.2709, "calls_name": 0.3711,
              "name_words": 0.5875, "name_covered": -0.1966, "path_words": -0.3963, "file_words": -0.5678,
              "file_covered": 0.2281, "is_file_name": 1.32, "phrase": 1.409, "callee": 0.1167,
              "caller": 0.05078, "coverage": -0.1675, "heading": -0.333, "file_coverage": 0.00566,
              "test": -0.2359, "legacy": -0.5449, "docs": 0.3013, "entry": 0.1802, "class": -0.02376,
              "block": -0.2721, "method": -0.2963, "language": -0.9435, "line_count": 0.1745,
              "extension": 0.05321, "declaration": 1.131, "main_definition": 0.3516, "known": 1.506,
              "constant": -7.613, "score": 0.1009, "lead": 0.02902, "lead_of_five": -0.0252,
              "agreement": 0.375, "known_coverage": 0.5312, "best_vector": 0.2245, "best_window": 0.2289,
              "best_coverage": 1.31, "name_missing": -0.7073, "terms": 0.9905
            },
            "right": {
              "lexical": 0.00241, "lexical_log": 0.1753, "lexical_share": 0.5276,
              "lexical_reciprocal": -0.01573, "vector": 0.02549, "window": 0.01103, "vector_reciprocal": 1.12,
              "file_lexical": 0.05655, "file_lexical_log": 0.1288, "file_vector": 0.06917,
              "file_share": 0.3557, "file_best": 0.09235, "is_name": 0.8309, "is_name_typed": 0.1881,
              "has_name": 0.3681, "has_name_typed": 0.3032, "has_qualified_name": 0.5521, "calls_name": -0.248,
              "name_words": -2.083, "name_covered": 0.2932, "path_words": 0.5192, "file_words": -1.157,
              "file_covered": 0.16, "is_file_name": 0.8797, "phrase": -0.4251, "callee": -0.02964,
              "caller": -0.01076, "coverage": 0.5062, "heading": 1.162, "file_coverage": 0.5061,
              "test": -1.639, "example": -0.3775, "legacy": 0.5216, "docs": 0.704, "entry": 0.1991,
              "class": -0.2925, "block": -0.4034, "method": 0.474, "language": -0.994, "line_count": 0.1124,
              "extension": -0.4831, "declaration": 0.3632, "main_definition": 2.284, "known": 0.6438,
              "constant": -5.83, "score": -0.02444, "behind": -0.2502, "place": -0.5324, "lead": -0.03579,
              "lead_of_five": 0.1732, "agreement": 0.07649, "known_coverage": 1.049, "best_vector": -0.05941,
              "best_window": -0.09969, "best_coverage": -0.2889, "name_missing": 0.5508, "terms": 0.5107
            }
          },
          "mixed": {
            "known": 0.2933, "precise": 0.7612,
            "answered": {
              "lexical": 0.01116, "lexical_log": 0.2718, "lexical_share": -0.01096,
              "lexical_reciprocal": 0.3526, "vector": 0.3008, "window": 0.2001, "vector_reciprocal": 0.06606,
              "file_lexical": -0.01659, "file_lexical_log": 0.1802, "file_vector": -0.01474,
              "file_share": -0.4331, "file_best": 0.08158, "is_name": 0.01429, "is_name_typed": 0.2871,
              "has_name": 0.681, "has_name_typed": 0.8801, "has_qualified_name": 0.2735, "calls_name": 0.8183,
              "name_words": 0.7129, "name_covered": -0.1573, "path_words": -0.5862, "file_words": -0.7467,
              "file_covered": 0.1498, "is_file_name": 0.9268, "phrase": 1.003, "callee": 0.106,
              "caller": 0.09093, "coverage": -0.1099, "heading": -0.3049, "file_coverage": 0.02306,
              "test": -0.1703, "legacy": -0.544, "docs": 0.2166, "entry": 0.5165, "class": -0.0108,
              "block": -0.3166, "method": -0.3202, "language": -0.9609, "line_count": 0.07527,
              "extension": 0.17, "declaration": 1.411, "main_definition": 0.3198, "known": 1.607,
              "constant": -7.45, "score": 0.1066, "lead": 0.02179, "lead_of_five": -0.00886,
              "agreement": 0.4014, "known_coverage": 0.5835, "best_vector": 0.2326, "best_window": 0.2397,
              "best_coverage": 1.325, "name_missing": -0.7912, "terms": 0.8329
            },
            "right": {
              "lexical": -0.0459, "lexical_log": 0.08471, "lexical_share": 0.8109,
              "lexical_reciprocal": 0.1614, "vector": 0.02021, "window": -0.00351, "vector_reciprocal": 0.8105,
              "file_lexical": 0.05823, "file_lexical_log": 0.1899, "file_vector": 0.01094,
              "file_share": 0.3072, "file_best": 0.06756, "is_name": 0.5336, "is_name_typed": 0.1051,
              "has_name": -0.1667, "has_name_typed": -0.06731, "has_qualified_name": 0.09277,
              "calls_name": 0.3818, "name_words": -0.4365, "name_covered": 0.2348, "path_words": 0.1839,
              "file_words": -1.351, "file_covered": 0.4822, "is_file_name": 0.6605, "phrase": 0.4098,
              "callee": 0.0222, "caller": 0.1926, "coverage": 0.8338, "heading": 0.822,
              "file_coverage": 0.7209, "test": -1.97, "example": -0.3643, "legacy": 0.3319, "docs": 1.808,
              "entry": 0.6904, "class": -0.4814, "block": -0.872, "method": 0.4165, "language": -1.021,
              "line_count": -0.00709, "extension": 0.6123, "declaration": 0.638, "main_definition": 1.687,
              "known": 0.427, "constant": -3.716, "score": -0.00907, "behind": -0.2493, "place": -0.4007,
              "lead": -0.1063, "lead_of_five": 0.0751, "agreement": 0.1326, "known_coverage": 1.33,
              "best_vector": -0.04281, "best_window": -0.1245, "best_coverage": -0.2918,
              "name_missing": -0.2053, "terms": 0.1899
            }
          },
          "semantic": {
            "known": 0.2933, "precise": 0.7612,
            "answered": {
              "lexical": 0.00685, "lexical_log": 0.324, "lexical_share": -0.06493,
              "lexical_reciprocal": 0.5119, "vector": 0.3461, "window": 0.2071, "vector_reciprocal": -0.03445,
              "file_lexical": -0.08, "file_lexical_log": -0.03556, "file_vector": -0.01325,
              "file_share": -0.5233, "file_best": 0.1012, "is_name": 0.01284, "is_name_typed": 0.2857,
              "has_name": 0.5044, "has_name_typed": 0.6882, "has_qualified_name": 0.2084, "calls_name": 0.4664,
              "name_words": 0.5411, "name_covered": -0.4449, "path_words": -1.14, "file_words": -1.433,
              "file_covered": -0.04398, "is_file_name": 0.8894, "phrase": 1.059, "callee": 0.1651,
              "caller": 0.1573, "coverage": -0.4359, "heading": -0.672, "file_coverage": -0.07866,
              "test": -0.1717, "legacy": -0.7967, "docs": 0.5409, "entry": 0.00649, "class": -0.00868,
              "block": -0.3459, "method": -0.2629, "language": -0.9622, "line_count": 0.2147,
              "extension": 0.3823, "declaration": 1.374, "main_definition": 0.2581, "known": 1.752,
              "constant": -8.44, "score": 0.1181, "lead": 0.06896, "lead_of_five": -0.04729,
              "agreement": 0.5409, "known_coverage": 0.4363, "best_vector": 0.2665, "best_window": 0.2705,
              "best_coverage": 1.594, "name_missing": -0.6116, "terms": 1.252
            },
            "right": {
              "lexical": -0.04126, "lexical_log": -0.02455, "lexical_share": 0.3073,
              "lexical_reciprocal": 0.05792, "vector": 0.04612, "window": -0.01903, "vector_reciprocal": 1.546,
              "file_lexical": 0.02006, "file_lexical_log": -0.1026, "file_vector": 0.1215,
              "file_share": 0.4184, "file_best": 0.2373, "is_name": 0.5346, "is_name_typed": 0.1061,
              "has_name": 0.06916, "has_name_typed": 0.08297, "has_qualified_name": 0.2469,
              "calls_name": 0.04204, "name_words": -0.6525, "name_covered": 0.2578, "path_words": -0.5982,
              "file_words": -1.879, "file_covered": 0.07201, "is_file_name": 0.6048, "phrase": 0.832,
              "callee": 0.1288, "caller": 0.1517, "coverage": 0.3209, "heading": 0.4962,
              "file_coverage": 0.6767, "test": -1.73, "example": -0.3391, "legacy": 0.9864, "docs": 0.02461,
              "entry": 0.3277, "class": -0.3307, "block": -1.285, "method": 0.1303, "language": -1.02,
              "line_count": 0.1125, "extension": 0.2764, "declaration": -0.6068, "main_definition": 1.577,
              "known": 0.6293, "constant": -4.515, "score": -0.04823, "behind": -0.2645, "place": -0.2779,
              "lead": -0.104, "lead_of_five": 0.1365, "agreement": 0.2322, "known_coverage": 0.8101,
              "best_vector": 0.01745, "best_window": -0.1116, "best_coverage": -0.5661, "name_missing": 0.1263,
              "terms": 0.1882
            }
          },
          "language": {
            "known": 0.2933, "precise": 0.7612,
            "answered": {
              "lexical": 0.0026, "lexical_log": 0.2296, "lexical_share": 0.01055, "lexical_reciprocal": 0.3651,
              "vector": 0.2763, "window": 0.1688, "vector_reciprocal": -0.1314, "file_lexical": -0.04227,
              "file_lexical_log": 0.07339, "file_vector": 0.02528, "file_share": -0.3658, "file_best": 0.06131,
              "is_name": 0.0161, "is_name_typed": 0.2889, "has_name": 0.508, "has_name_typed": 0.6916,
              "has_qualified_name": 0.2115, "calls_name": 0.4695, "name_words": 0.5445,
              "name_covered": -0.2081, "path_words": -0.6753, "file_words": -0.7854, "file_covered": 0.09557,
              "is_file_name": 0.8925, "phrase": 0.988, "callee": 0.1239, "caller": 0.07841,
              "coverage": -0.2432, "heading": -0.4157, "file_coverage": -0.1077, "test": -0.1686,
              "legacy": -0.5423, "docs": 0.299, "entry": 0.1973, "class": -0.02708, "block": -0.2998,
              "method": -0.3032, "language": -1.437, "line_count": 0.0762, "extension": 0.1693,
              "declaration": 1.115, "main_definition": 0.2616, "known": 1.503, "constant": -6.441,
              "score": 0.09395, "lead": 0.01877, "lead_of_five": -0.04239, "agreement": 0.3739,
              "known_coverage": 0.4395, "best_vector": 0.2163, "best_window": 0.2176, "best_coverage": 1.217,
              "name_missing": -0.6076, "terms": 0.8968
            },
            "right": {
              "lexical": -0.03721, "lexical_log": 0.00952, "lexical_share": 0.3525,
              "lexical_reciprocal": -0.02327, "vector": 0.04244, "window": 0.0207, "vector_reciprocal": 1.046,
              "file_lexical": 0.02392, "file_lexical_log": 0.02669, "file_vector": 0.07585,
              "file_share": 0.208, "file_best": 0.104, "is_name": 0.528, "is_name_typed": 0.09952,
              "has_name": 0.06242, "has_name_typed": 0.07625, "has_qualified_name": 0.2403,
              "calls_name": 0.03525, "name_words": -0.8947, "name_covered": 0.2358, "path_words": 0.1014,
              "file_words": -1.169, "file_covered": 0.2635, "is_file_name": 0.5981, "phrase": 0.2184,
              "callee": 0.00325, "caller": 0.1007, "coverage": 0.6464, "heading": 0.726,
              "file_coverage": 0.6265, "test": -1.592, "example": -0.3233, "legacy": 0.5112, "docs": 0.5332,
              "entry": 0.3328, "class": -0.3179, "block": -0.7585, "method": 0.2665, "language": -1.535,
              "line_count": 0.1099, "extension": 0.1009, "declaration": 0.098, "main_definition": 1.571,
              "known": 0.5333, "constant": -4.228, "score": -0.00798, "behind": -0.2232, "place": -0.3507,
              "lead": -0.07608, "lead_of_five": 0.1153, "agreement": 0.05656, "known_coverage": 1.097,
              "best_vector": -0.00315, "best_window": -0.08001, "best_coverage": -0.1798,
              "name_missing": 0.1193, "terms": 0.2721
            }
          }
        },
        "lexical": {
          "identifier": {
            "known": 0.3791, "precise": 0.7863,
            "answered": {
              "lexical": 0.02637, "lexical_log": 0.1357, "lexical_share": -0.5893,
              "lexical_reciprocal": 0.4346, "file_lexical": -0.04668, "file_lexical_log": 0.1992,
              "file_share": -0.07399, "file_best": -0.1383, "is_name": 0.1625, "is_name_typed": 0.2516,
              "has_name": 0.5519, "has_name_typed": 0.6259, "has_qualified_name": 0.3063,
              "calls_name": 0.02956, "name_words": 0.9506, "name_covered": 0.3859, "path_words": -0.1091,
              "file_words": -0.4426, "file_covered": 0.573, "is_file_name": 1.009, "phrase": 1.372,
              "callee": 0.1144, "caller": -0.01278, "coverage": -0.1703, "heading": -0.1283,
              "file_coverage": 0.375, "test": 1.225, "legacy": 0.9027, "docs": 0.6254, "entry": 0.4512,
              "class": 0.1126, "block": 0.03849, "method": 0.1515, "language": -0.1983, "line_count": 0.2877,
              "extension": -0.00692, "declaration": 0.07123, "main_definition": 0.5471, "known": 1.916,
              "constant": -7.765, "score": 0.07064, "lead": -0.01922, "lead_of_five": 0.04518,
              "known_coverage": 1.19, "best_coverage": 2.015, "name_missing": -0.7521, "terms": 1.399
            },
            "right": {
              "lexical": -0.02543, "lexical_log": 0.2198, "lexical_share": 1.009, "lexical_reciprocal": 1.176,
              "file_lexical": 0.08035, "file_lexical_log": 0.1157, "file_share": 0.8029, "file_best": 0.1455,
              "is_name": 1.02, "is_name_typed": -0.1821, "has_name": 0.3445, "has_name_typed": 0.392,
              "has_qualified_name": 0.2693, "calls_name": -0.2123, "name_words": -1.451,
              "name_covered": 0.5131, "path_words": 0.459, "file_words": -0.7183, "file_covered": 0.06289,
              "is_file_name": 0.6416, "phrase": -0.1612, "callee": 0.00844, "caller": -0.00834,
              "coverage": 0.6651, "heading": 0.8317, "file_coverage": 0.5948, "test": -2.04, "example": -1.379,
              "legacy": 0.2937, "docs": 0.8787, "entry": -0.06173, "class": -0.2775, "block": -0.2733,
              "method": 0.4207, "language": -1.406, "line_count": 0.266, "extension": -0.4978,
              "declaration": -0.1883, "main_definition": 2.386, "known": 0.6074, "constant": -7.547,
              "score": -0.05367, "behind": -0.1782, "place": -0.5823, "lead": -0.05747, "lead_of_five": 0.11,
              "known_coverage": 0.9881, "best_coverage": -0.3054, "name_missing": 0.3722, "terms": 0.5203
            }
          },
          "mixed": {
            "known": 0.3791, "precise": 0.7863,
            "answered": {
              "lexical": 0.04229, "lexical_log": 0.3762, "lexical_share": -0.6692,
              "lexical_reciprocal": 0.1943, "file_lexical": -0.00586, "file_lexical_log": 0.3378,
              "file_share": -0.2746, "file_best": -0.07006, "is_name": 0.08693, "is_name_typed": 0.1466,
              "has_name": 0.5636, "has_name_typed": 0.6312, "has_qualified_name": 0.3681, "calls_name": 0.4904,
              "name_words": 0.9513, "name_covered": 0.3494, "path_words": -0.1131, "file_words": -0.4104,
              "file_covered": 0.5561, "is_file_name": 0.8443, "phrase": 0.9843, "callee": 0.1423,
              "caller": 0.08721, "coverage": -0.1173, "heading": -0.2552, "file_coverage": 0.5012,
              "test": 1.313, "legacy": 1.149, "docs": 0.1228, "entry": 0.1524, "class": 0.04752,
              "block": -0.1119, "method": 0.2185, "language": -0.2232, "line_count": 0.1595,
              "extension": 0.1331, "declaration": -0.1286, "main_definition": 0.5605, "known": 2.249,
              "constant": -7.024, "score": 0.07421, "lead": -0.07009, "lead_of_five": 0.02425,
              "known_coverage": 1.373, "best_coverage": 2.26, "name_missing": -0.8078, "terms": 1.233
            },
            "right": {
              "lexical": -0.08045, "lexical_log": -0.02197, "lexical_share": 1.232,
              "lexical_reciprocal": 1.452, "file_lexical": 0.1148, "file_lexical_log": 0.2291,
              "file_share": 0.617, "file_best": 0.08353, "is_name": 0.6586, "is_name_typed": -0.1424,
              "has_name": -0.241, "has_name_typed": 0.2263, "has_qualified_name": -0.6131,
              "calls_name": 0.3575, "name_words": 0.01045, "name_covered": 0.7129, "path_words": 0.5109,
              "file_words": -0.6275, "file_covered": 0.4091, "is_file_name": 0.1956, "phrase": 0.7045,
              "callee": 0.1774, "caller": 0.2769, "coverage": 0.8754, "heading": 0.1124,
              "file_coverage": 1.048, "test": -2.386, "example": -1.274, "legacy": -0.1479, "docs": 1.892,
              "entry": 0.4719, "class": -0.4017, "block": -0.6982, "method": 0.3839, "language": -1.434,
              "line_count": 0.103, "extension": 0.2917, "declaration": -0.00339, "main_definition": 1.469,
              "known": 0.384, "constant": -5.581, "score": -0.00814, "behind": -0.1944, "place": -0.5214,
              "lead": -0.079, "lead_of_five": 0.04177, "known_coverage": 1.127, "best_coverage": -0.219,
              "name_missing": -0.2642, "terms": 0.2166
            }
          },
          "semantic": {
            "known": 0.3791, "precise": 0.7863,
            "answered": {
              "lexical": 0.04056, "lexical_log": 0.2606, "lexical_share": -1.199, "lexical_reciprocal": 0.6009,
              "file_lexical": -0.07927, "file_lexical_log": 0.1103, "file_share": 0.00801,
              "file_best": -0.09878, "is_name": 0.09041, "is_name_typed": 0.1501, "has_name": 0.4361,
              "has_name_typed": 0.4929, "has_qualified_name": 0.2609, "calls_name": 0.1991,
              "name_words": 0.8613, "name_covered": 0.3743, "path_words": -0.5466, "file_words": -1.027,
              "file_covered": 0.5644, "is_file_name": 0.7325, "phrase": 1.021, "callee": 0.1901,
              "caller": 0.1489, "coverage": -0.3287, "heading": -0.3938, "file_coverage": 0.4136,
              "test": 2.089, "legacy": 2.004, "docs": 1.386, "entry": 0.9444, "class": 0.1002, "block": 0.2267,
              "method": 0.4676, "language": -0.22, "line_count": 0.4126, "extension": 0.3686,
              "declaration": 0.2515, "main_definition": 0.433, "known": 2.149, "constant": -8.119,
              "score": 0.06187, "lead": -0.06937, "lead_of_five": 0.00456, "known_coverage": 1.338,
              "best_coverage": 2.474, "name_missing": -0.6352, "terms": 1.759
            },
            "right": {
              "lexical": -0.05503, "lexical_log": -0.1261, "lexical_share": 1.006,
              "lexical_reciprocal": 0.7678, "file_lexical": 0.05035, "file_lexical_log": -0.06216,
              "file_share": 0.4324, "file_best": 0.2956, "is_name": 0.6558, "is_name_typed": -0.1452,
              "has_name": 0.02568, "has_name_typed": 0.2317, "has_qualified_name": -0.1528,
              "calls_name": 0.04229, "name_words": 0.09614, "name_covered": 0.8373, "path_words": -0.1975,
              "file_words": -0.8542, "file_covered": 0.3744, "is_file_name": 0.3194, "phrase": 1.165,
              "callee": 0.21, "caller": 0.2208, "coverage": 0.4083, "heading": 0.0966, "file_coverage": 1.052,
              "test": -2.299, "example": -0.7536, "legacy": 0.8453, "docs": 0.2447, "entry": 0.05935,
              "class": -0.4513, "block": -1.065, "method": -0.00905, "language": -1.437, "line_count": 0.1957,
              "extension": 0.8246, "declaration": -0.7616, "main_definition": 1.527, "known": 0.7826,
              "constant": -4.836, "score": -0.08946, "behind": -0.1874, "place": -0.35, "lead": -0.1361,
              "lead_of_five": 0.1267, "known_coverage": 0.7011, "best_coverage": -0.6258,
              "name_missing": 0.02676, "terms": 0.2978
            }
          },
          "language": {
            "known": 0.3791, "precise": 0.7863,
            "answered": {
              "lexical": 0.02835, "lexical_log": 0.2104, "lexical_share": -0.7514,
              "lexical_reciprocal": 0.3115, "file_lexical": -0.03117, "file_lexical_log": 0.2216,
              "file_share": 0.00988, "file_best": -0.09158, "is_name": 0.09791, "is_name_typed": 0.1575,
              "has_name": 0.4442, "has_name_typed": 0.5009, "has_qualified_name": 0.268, "calls_name": 0.2062,
              "name_words": 0.8236, "name_covered": 0.3547, "path_words": -0.3021, "file_words": -0.5357,
              "file_covered": 0.4849, "is_file_name": 0.7397, "phrase": 0.9657, "callee": 0.1512,
              "caller": 0.06844, "coverage": -0.3027, "heading": -0.3242, "file_coverage": 0.2309,
              "test": 1.323, "legacy": 1.159, "docs": 0.6106, "entry": 0.4431, "class": 0.06572,
              "block": -0.01001, "method": 0.1809, "language": -0.3199, "line_count": 0.2443,
              "extension": 0.1422, "declaration": 0.05623, "main_definition": 0.441, "known": 1.959,
              "constant": -6.444, "score": 0.05507, "lead": -0.04765, "lead_of_five": 0.00519,
              "known_coverage": 1.117, "best_coverage": 1.954, "name_missing": -0.6262, "terms": 1.276
            },
            "right": {
              "lexical": -0.05674, "lexical_log": -0.01902, "lexical_share": 0.8744,
              "lexical_reciprocal": 0.9896, "file_lexical": 0.06472, "file_lexical_log": 0.06518,
              "file_share": 0.5381, "file_best": 0.1246, "is_name": 0.6583, "is_name_typed": -0.1427,
              "has_name": 0.02819, "has_name_typed": 0.2342, "has_qualified_name": -0.1503,
              "calls_name": 0.04482, "name_words": -0.3387, "name_covered": 0.6392, "path_words": 0.2899,
              "file_words": -0.5474, "file_covered": 0.3119, "is_file_name": 0.3218, "phrase": 0.4793,
              "callee": 0.1182, "caller": 0.1019, "coverage": 0.7057, "heading": 0.2928,
              "file_coverage": 0.9247, "test": -1.959, "example": -0.9818, "legacy": 0.2747, "docs": 0.8531,
              "entry": 0.1254, "class": -0.3514, "block": -0.5939, "method": 0.2433, "language": -2.148,
              "line_count": 0.2266, "extension": 0.1679, "declaration": -0.2844, "main_definition": 1.529,
              "known": 0.5411, "constant": -5.564, "score": -0.03617, "behind": -0.1646, "place": -0.4548,
              "lead": -0.06682, "lead_of_five": 0.08177, "known_coverage": 0.9562, "best_coverage": -0.1549,
              "name_missing": 0.02938, "terms": 0.3065
            }
          }
        },
        "vector": {
          "identifier": {
            "known": 0.3114, "precise": 0.7953,
            "answered": {
              "vector": 0.2515, "window": 0.22, "vector_reciprocal": -0.6131, "file_lexical": -0.01845,
              "file_lexical_log": 0.1594, "file_vector": 0.0062, "file_share": -0.4628, "file_best": 0.273,
              "is_name": 0.03762, "is_name_typed": 0.5159, "has_name": 0.5069, "has_name_typed": 0.7823,
              "has_qualified_name": 0.3841, "calls_name": 0.4968, "name_words": 0.5594,
              "name_covered": -0.1774, "path_words": -0.5778, "file_words": -0.566, "file_covered": 0.1192,
              "is_file_name": 1.31, "phrase": 0.4481, "callee": 0.06565, "caller": 0.2041, "coverage": 0.2394,
              "heading": -0.1803, "file_coverage": -0.05692, "legacy": -0.6933, "docs": 1.399, "entry": 0.2334,
              "class": -0.325, "block": -0.2348, "method": -0.2094, "language": -0.8371, "line_count": 0.03132,
              "extension": -0.1467, "declaration": 0.3778, "main_definition": 0.3016, "known": 1.717,
              "constant": -6.684, "score": 0.06106, "lead": -0.07234, "lead_of_five": 0.01399,
              "known_coverage": 1.001, "best_vector": 0.215, "best_window": 0.219, "best_coverage": 1.336,
              "name_missing": -0.604, "terms": 1.168
            },
            "right": {
              "vector": 0.06581, "window": 0.02696, "vector_reciprocal": 2.454, "file_lexical": 0.08775,
              "file_lexical_log": 0.2501, "file_vector": 0.03772, "file_share": 0.4407, "file_best": 0.2471,
              "is_name": 0.8125, "is_name_typed": 0.0567, "has_name": 0.489, "has_name_typed": 0.4768,
              "has_qualified_name": 1.263, "calls_name": -0.4113, "name_words": -2.172, "name_covered": 0.2983,
              "path_words": 0.5396, "file_words": -1.174, "file_covered": 0.2858, "is_file_name": 0.9622,
              "phrase": 0.2944, "callee": -0.0606, "caller": 0.02642, "coverage": 0.5305, "heading": 0.9979,
              "file_coverage": 0.7039, "test": -1.608, "example": -0.2986, "legacy": 0.3999, "docs": 0.4422,
              "entry": 0.306, "class": -0.3307, "block": -0.1887, "method": 0.4967, "language": -0.8203,
              "line_count": 0.1494, "extension": -0.5979, "declaration": -0.1398, "main_definition": 2.402,
              "known": 0.8666, "constant": -7.049, "score": 0.01083, "behind": -0.2227, "place": -0.3486,
              "lead": -0.03541, "lead_of_five": 0.0923, "known_coverage": 1.264, "best_vector": -0.1517,
              "best_window": -0.1809, "best_coverage": -0.5431, "name_missing": 0.2521, "terms": 0.5406
            }
          },
          "mixed": {
            "known": 0.3114, "precise": 0.7953,
            "answered": {
              "vector": 0.2799, "window": 0.2511, "vector_reciprocal": 0.5075, "file_lexical": 0.02532,
              "file_lexical_log": 0.288, "file_vector": -0.0356, "file_share": -0.7305, "file_best": 0.2928,
              "is_name": 0.01253, "is_name_typed": 0.3315, "has_name": 0.6068, "has_name_typed": 0.8141,
              "has_qualified_name": 0.3664, "calls_name": 0.6495, "name_words": 0.6484,
              "name_covered": -0.1376, "path_words": -0.776, "file_words": -0.761, "file_covered": 0.04144,
              "is_file_name": 0.9362, "phrase": 0.2869, "callee": 0.0723, "caller": 0.2207, "coverage": 0.2607,
              "heading": -0.1564, "file_coverage": -0.01822, "legacy": -0.9721, "docs": 1.384, "entry": 0.4507,
              "class": -0.4097, "block": -0.3397, "method": -0.1802, "language": -0.8525,
              "line_count": -0.05081, "extension": 0.00556, "declaration": 0.7795, "main_definition": 0.3039,
              "known": 1.764, "constant": -6.867, "score": 0.06724, "lead": -0.04528, "lead_of_five": 0.03417,
              "known_coverage": 0.9957, "best_vector": 0.2171, "best_window": 0.2236, "best_coverage": 1.316,
              "name_missing": -0.7077, "terms": 0.9923
            },
            "right": {
              "vector": 0.07632, "window": 0.01228, "vector_reciprocal": 2.068, "file_lexical": 0.08648,
              "file_lexical_log": 0.2697, "file_vector": -0.06053, "file_share": 0.1278, "file_best": 0.1855,
              "is_name": 0.5214, "is_name_typed": 0.01756, "has_name": -0.1725, "has_name_typed": 0.02869,
              "has_qualified_name": 1.673, "calls_name": 0.388, "name_words": -0.3947, "name_covered": 0.1755,
              "path_words": 0.02491, "file_words": -1.673, "file_covered": 0.5254, "is_file_name": 0.5643,
              "phrase": 0.1762, "callee": -0.01674, "caller": 0.232, "coverage": 0.8924, "heading": 0.8264,
              "file_coverage": 0.8567, "test": -1.946, "example": -0.3133, "legacy": 0.2043, "docs": 1.092,
              "entry": 0.7349, "class": -0.4713, "block": -0.8345, "method": 0.3886, "language": -0.8474,
              "line_count": 0.01826, "extension": 0.6241, "declaration": 0.5182, "main_definition": 1.985,
              "known": 0.6373, "constant": -4.478, "score": 0.02921, "behind": -0.2126, "place": -0.3418,
              "lead": -0.04273, "lead_of_five": 0.05639, "known_coverage": 1.566, "best_vector": -0.1232,
              "best_window": -0.1932, "best_coverage": -0.7569, "name_missing": -0.1009, "terms": 0.2079
            }
          },
          "semantic": {
            "known": 0.3114, "precise": 0.7953,
            "answered": {
              "vector": 0.3258, "window": 0.2496, "vector_reciprocal": -1.68, "file_lexical": -0.0194,
              "file_lexical_log": 0.1243, "file_vector": -0.0397, "file_share": -0.7134, "file_best": 0.3071,
              "is_name": 0.01136, "is_name_typed": 0.3304, "has_name": 0.436, "has_name_typed": 0.6293,
              "has_qualified_name": 0.2919, "calls_name": 0.4502, "name_words": 0.5586,
              "name_covered": -0.3415, "path_words": -1.372, "file_words": -1.405, "file_covered": -0.1974,
              "is_file_name": 0.8902, "phrase": 0.2858, "callee": 0.04126, "caller": 0.1971,
              "coverage": 0.1993, "heading": -0.3122, "file_coverage": -0.2321, "legacy": -0.7381,
              "docs": 2.077, "entry": 0.1909, "class": -0.3503, "block": -0.2186, "method": -0.1803,
              "language": -0.8536, "line_count": -0.01832, "extension": 0.1956, "declaration": 0.1271,
              "main_definition": 0.2329, "known": 2.056, "constant": -5.318, "score": 0.05402, "lead": -0.1123,
              "lead_of_five": -0.01881, "known_coverage": 1.105, "best_vector": 0.2519, "best_window": 0.2534,
              "best_coverage": 1.572, "name_missing": -0.5355, "terms": 1.467
            },
            "right": {
              "vector": 0.08336, "window": -0.03902, "vector_reciprocal": 2.359, "file_lexical": 0.06569,
              "file_lexical_log": -0.03585, "file_vector": 0.05681, "file_share": 0.3851, "file_best": 0.3506,
              "is_name": 0.5202, "is_name_typed": 0.0163, "has_name": 0.1129, "has_name_typed": 0.1886,
              "has_qualified_name": 1.161, "calls_name": -0.02304, "name_words": -0.5295, "name_covered": 0.21,
              "path_words": -0.6613, "file_words": -2.214, "file_covered": 0.0959, "is_file_name": 0.597,
              "phrase": 0.1749, "callee": 0.197, "caller": 0.1964, "coverage": 0.4546, "heading": 0.4597,
              "file_coverage": 1.029, "test": -1.821, "example": -0.3876, "legacy": 0.8119, "docs": 0.03187,
              "entry": 0.5453, "class": -0.473, "block": -1.149, "method": 0.1007, "language": -0.8487,
              "line_count": 0.112, "extension": 0.4871, "declaration": -0.7155, "main_definition": 1.741,
              "known": 0.7821, "constant": -4.918, "score": -0.0043, "behind": -0.2125, "place": -0.283,
              "lead": 0.01193, "lead_of_five": 0.1028, "known_coverage": 1.115, "best_vector": -0.06252,
              "best_window": -0.1663, "best_coverage": -0.9982, "name_missing": 0.04613, "terms": 0.0996
            }
          },
          "language": {
            "known": 0.3114, "precise": 0.7953,
            "answered": {
              "vector": 0.2614, "window": 0.2101, "vector_reciprocal": -0.601, "file_lexical": -0.00096,
              "file_lexical_log": 0.1782, "file_vector": 0.00444, "file_share": -0.5411, "file_best": 0.2584,
              "is_name": 0.016, "is_name_typed": 0.335, "has_name": 0.4411, "has_name_typed": 0.6342,
              "has_qualified_name": 0.2963, "calls_name": 0.4546, "name_words": 0.5466,
              "name_covered": -0.1467, "path_words": -0.8487, "file_words": -0.7809, "file_covered": -0.01057,
              "is_file_name": 0.8946, "phrase": 0.2902, "callee": 0.0812, "caller": 0.1646, "coverage": 0.1746,
              "heading": -0.2069, "file_coverage": -0.1652, "legacy": -0.6882, "docs": 1.387, "entry": 0.2485,
              "class": -0.4074, "block": -0.2793, "method": -0.1629, "language": -1.273,
              "line_count": -0.06654, "extension": 0.01403, "declaration": 0.3655, "main_definition": 0.2379,
              "known": 1.687, "constant": -5.204, "score": 0.05145, "lead": -0.07443, "lead_of_five": -0.01052,
              "known_coverage": 0.8914, "best_vector": 0.2044, "best_window": 0.2051, "best_coverage": 1.22,
              "name_missing": -0.5298, "terms": 1.053
            },
            "right": {
              "vector": 0.07703, "window": 0.02241, "vector_reciprocal": 1.993, "file_lexical": 0.0515,
              "file_lexical_log": 0.091, "file_vector": 0.02414, "file_share": 0.1428, "file_best": 0.2392,
              "is_name": 0.5191, "is_name_typed": 0.01528, "has_name": 0.1119, "has_name_typed": 0.1875,
              "has_qualified_name": 1.16, "calls_name": -0.02408, "name_words": -0.8989,
              "name_covered": 0.1872, "path_words": 0.0416, "file_words": -1.366, "file_covered": 0.3112,
              "is_file_name": 0.596, "phrase": 0.1739, "callee": 0.01209, "caller": 0.1177, "coverage": 0.704,
              "heading": 0.671, "file_coverage": 0.8403, "test": -1.581, "example": -0.2961, "legacy": 0.394,
              "docs": 0.3274, "entry": 0.4423, "class": -0.316, "block": -0.6597, "method": 0.2213,
              "language": -1.27, "line_count": 0.1336, "extension": 0.1359, "declaration": -0.107,
              "main_definition": 1.74, "known": 0.6885, "constant": -5.423, "score": 0.03273,
              "behind": -0.1859, "place": -0.2745, "lead": -0.01689, "lead_of_five": 0.08236,
              "known_coverage": 1.31, "best_vector": -0.0733, "best_window": -0.1364, "best_coverage": -0.5068,
              "name_missing": 0.04504, "terms": 0.2555
            }
          }
        }
    }'::jsonb
$$;
comment on function shipped_calibration() is 'How sure the hits of the shipped ranker are.';
