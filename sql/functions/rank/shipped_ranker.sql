-- The ranker that ships: what each feature counts, by the legs that there are and the class of query. Fitted
-- as pgcodesearch tune fits; docs/measurements.md says to what.
create or replace function shipped_ranker() returns jsonb
language sql immutable parallel safe
as $$
    select '{
        "hybrid": {
          "identifier": {
            "lexical": -0.0608, "lexical_log": 0.2758, "lexical_share": 0.2047, "lexical_reciprocal": 0.3435,
            "vector": 0.2889, "window": 0.3607, "vector_reciprocal": 1.111, "file_lexical": -0.0351,
            "file_lexical_log": 0.0054, "file_vector": 0.0161, "file_share": 0.5602, "file_best": 0.2117,
            "is_name": 1.9975, "is_name_typed": -0.9047, "has_name": -0.0285, "has_name_typed": 1.005,
            "has_qualified_name": 0.2453, "calls_name": 1.312, "name_words": -0.7909, "name_covered": 0.6608,
            "path_words": 0.5397, "file_words": 0.1928, "file_covered": 0.334, "is_file_name": -0.4791,
            "phrase": 1.6646, "callee": 0.0584, "caller": 0.049, "coverage": 1.0757, "heading": -0.9062,
            "file_coverage": 0.7636, "test": -2.1035, "example": -0.8906, "generated": -0.3731,
            "vendored": -0.4286, "legacy": -0.0306, "docs": -0.5691, "entry": 0.3429, "class": 1.0314,
            "block": -0.4106, "method": -0.1043, "language": 0.056, "line_count": 0.4974, "extension": 0.0375,
            "declaration": -0.182, "main_definition": 1.859
          },
          "mixed": {
            "lexical": -0.0533, "lexical_log": 0.3059, "lexical_share": 0.4652, "lexical_reciprocal": 0.6918,
            "vector": 0.2868, "window": 0.348, "vector_reciprocal": 1.1584, "file_lexical": -0.007,
            "file_lexical_log": 0.1093, "file_vector": -0.0097, "file_share": 0.5805, "file_best": 0.1755,
            "is_name": 1.4323, "is_name_typed": -0.6274, "has_name": -0.5645, "has_name_typed": 1.7979,
            "has_qualified_name": -0.0458, "calls_name": 0.6961, "name_words": -1.4211, "name_covered": 0.8173,
            "path_words": 0.8239, "file_words": 0.4236, "file_covered": 0.56, "is_file_name": -0.8504,
            "phrase": 3.0547, "callee": 0.1483, "caller": 0.1073, "coverage": 1.5457, "heading": -0.6448,
            "file_coverage": 0.939, "test": -2.3738, "example": -1.4452, "generated": -0.699,
            "vendored": -0.5733, "legacy": -0.0934, "docs": 0.3818, "entry": 0.3508, "class": 0.7652,
            "block": -0.7541, "method": 0.0698, "language": 0.056, "line_count": 0.4239, "extension": -0.2641,
            "declaration": -0.1016, "main_definition": 0.0153, "repeat_penalty": 0.5
          },
          "semantic": {
            "lexical": -0.0333, "lexical_log": 0.3336, "lexical_share": 0.3086, "lexical_reciprocal": 0.1307,
            "vector": 0.3296, "window": 0.4224, "vector_reciprocal": 1.1325, "file_lexical": -0.0348,
            "file_lexical_log": 0.0056, "file_vector": 0.0869, "file_share": 0.0501, "file_best": 0.233,
            "is_name": 1.4323, "is_name_typed": -0.6274, "has_name": -0.2377, "has_name_typed": 1.1839,
            "has_qualified_name": 0.0908, "calls_name": 0.8579, "name_words": -0.9463, "name_covered": 0.1377,
            "path_words": 0.9645, "file_words": 0.6469, "file_covered": 0.013, "is_file_name": -0.5645,
            "phrase": 3.2044, "callee": 0.215, "caller": 0.3095, "coverage": 0.9753, "heading": -0.57,
            "file_coverage": 0.9752, "test": -2.3277, "example": 0.2008, "generated": -1.2675,
            "vendored": -0.4286, "legacy": 1.0901, "docs": -1.1951, "entry": -0.2277, "class": 0.1277,
            "block": -0.8468, "method": 0.1345, "language": 0.056, "line_count": 0.3709, "extension": 0.6312,
            "declaration": -0.3835, "main_definition": 0.7966, "repeat_penalty": 0.75
          },
          "language": {
            "lexical": -0.0596, "lexical_log": 0.1559, "lexical_share": 0.0218, "lexical_reciprocal": 0.256,
            "vector": 0.5126, "window": 0.5956, "vector_reciprocal": 1.794, "file_lexical": -0.018,
            "file_lexical_log": -0.034, "file_vector": 0.0258, "file_share": 0.8097, "file_best": 0.3422,
            "is_name": 1.4323, "is_name_typed": -0.6274, "has_name": -0.2377, "has_name_typed": 1.1839,
            "has_qualified_name": 0.0908, "calls_name": 0.8579, "name_words": -0.6925, "name_covered": -0.2766,
            "path_words": 0.6696, "file_words": 0.37, "file_covered": 0.0832, "is_file_name": -0.5645,
            "phrase": 2.3764, "callee": 0.0977, "caller": 0.1316, "coverage": 1.0409, "heading": -0.4295,
            "file_coverage": 0.8105, "test": -2.0919, "example": -0.643, "generated": -0.699,
            "vendored": -0.4286, "legacy": 0.29, "docs": -0.9967, "entry": 0.1397, "class": 0.7851,
            "block": -0.7267, "method": -0.0073, "language": 0.0806, "line_count": 0.076, "extension": 0.1206,
            "declaration": -0.2703, "main_definition": 0.7966, "repeat_penalty": 3
          }
        },
        "lexical": {
          "identifier": {
            "lexical": -0.0445, "lexical_log": 0.6556, "lexical_share": 1.0433, "lexical_reciprocal": 0.672,
            "file_lexical": -0.045, "file_lexical_log": 0.174, "file_share": 0.5803, "file_best": 0.2733,
            "is_name": 1.6332, "is_name_typed": -0.8312, "has_name": 0.1617, "has_name_typed": 0.6096,
            "has_qualified_name": 0.3959, "calls_name": 0.9775, "name_words": -0.2695, "name_covered": 0.9595,
            "path_words": 0.6223, "file_words": 0.5099, "file_covered": 0.8013, "is_file_name": -0.5899,
            "phrase": 1.6272, "callee": 0.0464, "caller": 0.0528, "coverage": 1.0191, "heading": -0.6068,
            "file_coverage": 0.4467, "test": -2.5936, "example": -1.293, "generated": 0.0939,
            "vendored": -0.5595, "legacy": -0.2652, "docs": -1.2509, "entry": 0.2418, "class": 0.832,
            "block": -0.3336, "method": -0.0464, "language": 0.1317, "line_count": 0.5279, "extension": 0.7111,
            "declaration": -0.2165, "main_definition": 1.8449, "repeat_penalty": 0.5
          },
          "mixed": {
            "lexical": -0.0323, "lexical_log": 0.7764, "lexical_share": 1.4436, "lexical_reciprocal": 2.1011,
            "file_lexical": -0.0367, "file_lexical_log": 0.2141, "file_share": 0.6149, "file_best": 0.1743,
            "is_name": 1.216, "is_name_typed": -0.6134, "has_name": -0.4024, "has_name_typed": 0.825,
            "has_qualified_name": 1.1922, "calls_name": 0.4741, "name_words": -0.4868, "name_covered": 1.0938,
            "path_words": 1.077, "file_words": 1.0031, "file_covered": 0.9948, "is_file_name": -0.595,
            "phrase": 2.8626, "callee": 0.2261, "caller": 0.3902, "coverage": 1.3555, "heading": -0.5027,
            "file_coverage": 0.5741, "test": -2.7529, "example": -1.4729, "generated": -0.616,
            "vendored": -0.7519, "legacy": -0.614, "docs": -0.405, "entry": 0.1967, "class": 0.4841,
            "block": -0.528, "method": 0.1434, "language": 0.1317, "line_count": 0.5727, "extension": 0.4721,
            "declaration": 0.3955, "main_definition": 0.0103, "repeat_penalty": 1
          },
          "semantic": {
            "lexical": -0.0065, "lexical_log": 0.6367, "lexical_share": 1.1181, "lexical_reciprocal": 0.3428,
            "file_lexical": -0.0363, "file_lexical_log": 0.2381, "file_share": 0.0164, "file_best": 0.4542,
            "is_name": 1.216, "is_name_typed": -0.6134, "has_name": -0.1005, "has_name_typed": 0.6136,
            "has_qualified_name": 0.6809, "calls_name": 0.624, "name_words": -0.2409, "name_covered": 0.186,
            "path_words": 1.3299, "file_words": 1.4354, "file_covered": 0.5863, "is_file_name": -0.51,
            "phrase": 3.0031, "callee": 0.3012, "caller": 0.3917, "coverage": 1.1346, "heading": 0.0013,
            "file_coverage": 0.7724, "test": -3.0494, "example": 0.0114, "generated": -1.5174,
            "vendored": -0.5595, "legacy": 0.6275, "docs": -1.6473, "entry": -0.562, "class": -0.7124,
            "block": -0.8309, "method": 0.1335, "language": 0.1317, "line_count": 0.4971, "extension": 1.897,
            "declaration": -0.6342, "main_definition": 0.7972, "repeat_penalty": 0.75
          },
          "language": {
            "lexical": 0.0245, "lexical_log": 0.7949, "lexical_share": 1.634, "lexical_reciprocal": 1.6081,
            "file_lexical": -0.0278, "file_lexical_log": 0.159, "file_share": 0.7683, "file_best": 0.3705,
            "is_name": 1.216, "is_name_typed": -0.6134, "has_name": -0.1005, "has_name_typed": 0.6136,
            "has_qualified_name": 0.6809, "calls_name": 0.624, "name_words": 0.3834, "name_covered": 0.6276,
            "path_words": 1.0185, "file_words": 1.0012, "file_covered": 0.6949, "is_file_name": -0.51,
            "phrase": 2.2541, "callee": 0.0513, "caller": 0.1572, "coverage": 1.0867, "heading": 0.2067,
            "file_coverage": 0.6228, "test": -2.6209, "example": -0.828, "generated": -0.616,
            "vendored": -0.5595, "legacy": -0.0764, "docs": -2.0711, "entry": -0.0363, "class": 0.2159,
            "block": -0.3497, "method": -0.0315, "language": 0.1809, "line_count": -0.0136,
            "extension": 0.9257, "declaration": -0.3447, "main_definition": 0.7972, "repeat_penalty": 3
          }
        },
        "vector": {
          "identifier": {
            "vector": 0.2299, "window": 0.2811, "vector_reciprocal": 2.0562, "file_lexical": 0.0057,
            "file_lexical_log": 0.1466, "file_vector": -0.0325, "file_share": 0.4369, "file_best": 0.3951,
            "is_name": 1.7196, "is_name_typed": -0.9819, "has_name": 0.0093, "has_name_typed": 1.0823,
            "has_qualified_name": -0.9822, "calls_name": 1.6819, "name_words": -0.6358, "name_covered": 0.6455,
            "path_words": 0.8247, "file_words": 0.3221, "file_covered": 0.397, "is_file_name": -0.6683,
            "phrase": 5.0785, "callee": 0.0955, "caller": 0.1506, "coverage": 2.2457, "heading": -0.8241,
            "file_coverage": 0.8257, "test": -2.0834, "example": -1.1379, "generated": -0.4913,
            "vendored": -0.3679, "legacy": -0.0187, "docs": -1.3537, "entry": 0.4751, "class": 0.6751,
            "block": -0.5865, "method": -0.1308, "language": 0.0408, "line_count": 0.4217, "extension": 0.3183,
            "declaration": -0.4622, "main_definition": 1.9994, "repeat_penalty": 0.3
          },
          "mixed": {
            "vector": 0.2482, "window": 0.2475, "vector_reciprocal": 2.3138, "file_lexical": 0.026,
            "file_lexical_log": 0.2167, "file_vector": -0.0587, "file_share": 0.1648, "file_best": 0.3848,
            "is_name": 1.2392, "is_name_typed": -0.6929, "has_name": -0.5626, "has_name_typed": 1.832,
            "has_qualified_name": -0.2805, "calls_name": 0.603, "name_words": -1.2153, "name_covered": 1.0663,
            "path_words": 1.2798, "file_words": 0.7531, "file_covered": 0.7083, "is_file_name": -0.6916,
            "phrase": 3.7784, "callee": 0.2633, "caller": 0.2184, "coverage": 2.6805, "heading": -0.3726,
            "file_coverage": 0.9116, "test": -2.3412, "example": -1.7918, "generated": -0.7509,
            "vendored": -0.4791, "legacy": -0.2061, "docs": -1.3595, "entry": 0.4746, "class": 0.4209,
            "block": -0.9016, "method": 0.0779, "language": 0.0408, "line_count": 0.3227, "extension": 0.3532,
            "declaration": -0.3933, "main_definition": -0.3512, "repeat_penalty": 0.5
          },
          "semantic": {
            "vector": 0.2841, "window": 0.3586, "vector_reciprocal": 2.2423, "file_lexical": 0.0015,
            "file_lexical_log": 0.1152, "file_vector": 0.0326, "file_share": -0.026, "file_best": 0.3613,
            "is_name": 1.2392, "is_name_typed": -0.6929, "has_name": -0.2187, "has_name_typed": 1.2356,
            "has_qualified_name": -0.541, "calls_name": 0.9811, "name_words": -1.0394, "name_covered": 0.3295,
            "path_words": 1.2594, "file_words": 0.7705, "file_covered": 0.1353, "is_file_name": -0.581,
            "phrase": 3.7784, "callee": 0.3103, "caller": 0.4456, "coverage": 2.4981, "heading": -0.3199,
            "file_coverage": 0.9896, "test": -2.3658, "example": -0.0921, "generated": -1.2672,
            "vendored": -0.3679, "legacy": 1.1663, "docs": -1.4804, "entry": -0.0848, "class": -0.1884,
            "block": -1.1346, "method": 0.1296, "language": 0.0408, "line_count": 0.3404, "extension": 0.4431,
            "declaration": -0.6152, "main_definition": 0.7018, "repeat_penalty": 0.5
          },
          "language": {
            "vector": 0.4111, "window": 0.4836, "vector_reciprocal": 3.294, "file_lexical": 0.0048,
            "file_lexical_log": 0.0345, "file_vector": -0.0614, "file_share": 0.6804, "file_best": 0.6424,
            "is_name": 1.2392, "is_name_typed": -0.6929, "has_name": -0.2187, "has_name_typed": 1.2356,
            "has_qualified_name": -0.541, "calls_name": 0.9811, "name_words": -0.8141, "name_covered": -0.3093,
            "path_words": 0.9921, "file_words": 0.6001, "file_covered": 0.279, "is_file_name": -0.581,
            "phrase": 3.7784, "callee": 0.1506, "caller": 0.1382, "coverage": 2.2854, "heading": -0.3272,
            "file_coverage": 0.8011, "test": -2.0807, "example": -0.9113, "generated": -0.7509,
            "vendored": -0.3679, "legacy": 0.2811, "docs": -1.627, "entry": 0.2613, "class": 0.516,
            "block": -0.8687, "method": -0.0394, "language": 0.057, "line_count": 0.0689, "extension": 0.3326,
            "declaration": -0.5046, "main_definition": 0.7018, "repeat_penalty": 1.5
          }
        }
    }'::jsonb
$$;
comment on function shipped_ranker() is 'The weights that answer where no ranker is active.';
