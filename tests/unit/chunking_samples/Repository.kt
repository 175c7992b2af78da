package org.example.data

import kotlinx.coroutines.delay
import org.example.net.Client as HttpClient

const val PAGE_SIZE = 50

/** Loads users page by page. */
class UserRepository(private val client: HttpClient) : Repository<User> {
    private val cache = mutableMapOf<Int, User>()

    init {
        cache.clear()
    }

    constructor() : this(HttpClient())

    /** Fetches one page. */
    @Throws(IOException::class)
    suspend fun fetch(page: Int): List<User> {
        delay(10) // be polite
        return client.get("/users?page=$page").map { User(it.id) }
    }

    override fun size() = cache.size

    companion object {
        fun create(): UserRepository = UserRepository(HttpClient())
    }
}

interface Repository<T> {
    fun size(): Int
}

data class User(val id: Int)

object Registry {
    fun register(name: String) { println(name) }
}

enum class Role { ADMIN, GUEST }

typealias Handler = (User) -> Unit

fun String.initials(): String = split(" ").map { it.first() }.joinToString("")

fun main() {
    println(UserRepository.create().size())
}
