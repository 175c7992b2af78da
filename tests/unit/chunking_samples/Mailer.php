<?php

namespace App\Mail;

use App\Contracts\Transport;
use Psr\Log\LoggerInterface as Logger;

const DEFAULT_FROM = 'noreply@example.org';

/**
 * Sends messages.
 */
final class Mailer implements Sender
{
    private const RETRIES = 3;

    private array $headers = [];

    public function __construct(private Transport $transport, private Logger $logger)
    {
    }

    /**
     * Sends one message, trying again when the transport fails.
     */
    #[Pure]
    public function send(Message $message): bool
    {
        // the transport throws
        for ($try = 0; $try < self::RETRIES; $try++) {
            if ($this->transport->deliver($message)) {
                return true;
            }
        }
        $this->logger->warning(sprintf('gave up on %s', $message->id));
        return false;
    }

    public static function fake(): self
    {
        return new self(new NullTransport(), new NullLogger());
    }
}

interface Sender
{
    public function send(Message $message): bool;
}

trait Queues
{
    public function later(Message $message): void { Queue::push($message); }
}

enum Priority: string
{
    case High = 'high';
    public function label(): string { return ucfirst($this->value); }
}

function format_address(string $name, string $mail): string
{
    return "$name <$mail>";
}
