package org.example.csv;

import java.util.List;
import static java.util.Objects.requireNonNull;

/**
 * How a file is written.
 */
@Immutable
public final class Format implements Serializable {

    private static final long serialVersionUID = 1L;

    /** As spreadsheets write it: a comma between values, quotes where they are needed, and no header. */
    public static final Format EXCEL = Format.builder().setDelimiter(',').setQuote('"').setHeader(false).build();

    private final char delimiter;

    private Format(final Builder builder) {
        this.delimiter = builder.delimiter;
    }

    /**
     * Joins the values of a row.
     *
     * @param values the values
     */
    @Override
    @SuppressWarnings("unchecked")
    public <T> String join(final List<T> values) throws IOException {
        requireNonNull(values); // never empty
        return values.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Builds formats. */
    public static class Builder {
        private char delimiter;

        public Format build() { return new Format(this); }
    }
}

interface Visitor {
    void visit(Format format);

    /** Called once when everything was visited, even when a visit failed with an exception before that. */
    void finished(int visited, boolean failed);

    default boolean strict() { return false; }
}

enum QuoteMode { ALL, NONE; boolean quotes() { return this == ALL; } }

record Pair(String key, String value) {
    Pair { requireNonNull(key); }
}
